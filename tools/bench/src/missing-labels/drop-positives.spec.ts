import { dropPositives } from './drop-positives.js';

const labelsOf = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? [0, 1, 2] : i % 3 === 1 ? [1] : []));

it('drops a share of all labels, and adds none', () => {
  const left = dropPositives(labelsOf, { share: 0.6, seed: 1 });
  expect(left.flat()).toHaveLength(160);
  left.forEach((labels, image) => expect(labelsOf[image]).toEqual(expect.arrayContaining([...labels])));
});

it('draws the same again from the same seed alone, every label as likely', () => {
  const drop = (seed: number) => dropPositives(labelsOf, { share: 0.6, seed });
  expect(drop(1)).toEqual(drop(1));
  expect(drop(2)).not.toEqual(drop(1));
  // Of label 1, which half of the 400 have, 40 % are left. Five standard errors.
  const left = drop(3)
    .flat()
    .filter((label) => label === 1).length;
  expect(Math.abs(left - 80)).toBeLessThan(5 * Math.sqrt(200 * 0.24));
});
