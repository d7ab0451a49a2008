import type { LabelFile } from './label-file/parse-label-file.js';
import { normaliseLabels } from './normalise-labels.js';

const split = (name: string, file: LabelFile) => ({
  name,
  source: `${name}.csv`,
  root: '.',
  file,
  leftOut: new Map(),
});

it('gives look-alikes the spelling of most images, in all splits', () => {
  const classes = ['Car', 'car', ' car\u200b', 'cafe\u0301', 'caf\u00e9', '__proto__', 'hot  dog'];
  const [train, val] = normaliseLabels([
    split('train', {
      classes,
      images: [
        ['a.jpg', ['car', '__proto__', 'cafe\u0301', 'hot  dog']],
        ['b.jpg', ['Car', 'car', 'caf\u00e9']],
        ['c.jpg', ['car', 'car'], { unknown: ['Car', 'cafe\u0301'] }],
      ],
    }),
    split('val', { classes, images: [['d.jpg', [' car\u200b']]] }),
  ]);
  expect(train.file.classes).toEqual(['car', 'caf\u00e9', '__proto__', 'hot dog']);
  expect(val.file.classes).toEqual(train.file.classes);
  expect(train.file.images).toEqual([
    ['a.jpg', ['car', '__proto__', 'caf\u00e9', 'hot dog']],
    ['b.jpg', ['car', 'caf\u00e9']],
    ['c.jpg', ['car', 'car'], { unknown: ['caf\u00e9'] }],
  ]);
  expect(val.file.images).toEqual([['d.jpg', ['car']]]);
});

it('leaves numbers and labels that are nothing but invisible as they are', () => {
  const file: LabelFile = { classes: [3, 4], images: [['a.jpg', [4]]] };
  expect(normaliseLabels([split('train', file)])[0].file).toEqual(file);
  const odd: LabelFile = { classes: ['\u200b', 'a'], images: [['a.jpg', ['\u200b']]] };
  expect(normaliseLabels([split('train', odd)])[0].file).toEqual(odd);
});
