import { bytesInMemory } from '../bytes/byte-source.js';
import { PytorchFile } from './pytorch-file.js';
import { checkpointIn } from '../open/open-checkpoint.js';
import { concat, dict, floats, op, tensor, torchZip } from './torch-file.fixture.js';

type Pickled = Uint8Array | readonly number[];

const ints = (items: readonly (readonly [number, Pickled])[]) =>
  concat(op.emptyDict, op.mark, ...items.flatMap(([key, value]) => [op.int(key), value]), op.setItems);
const list = (...items: readonly Pickled[]) =>
  concat(op.emptyList, ...items.flatMap((item) => [item, op.append]));

const namesIn = async (more: Readonly<Record<string, Pickled>>) => {
  const value = dict({ model: dict({ w: tensor({ key: '0', shape: [2] }) }), ...more });
  const file = await checkpointIn(bytesInMemory(torchZip(value, { 0: floats(1, 2) }), 'a.pth'));
  return (file as PytorchFile).classNames;
};

it.each<[string, Readonly<Record<string, Pickled>>, readonly string[] | undefined]>([
  ['nothing', {}, undefined],
  [
    'idx_to_class, whatever the order of its items',
    {
      idx_to_class: ints([
        [1, op.text('dog')],
        [0, op.text('person')],
        [2, op.text('cat')],
      ]),
    },
    ['person', 'dog', 'cat'],
  ],
  [
    'idx_to_class with indices as texts',
    { idx_to_class: dict({ 1: op.text('b'), 0: op.text('a') }) },
    ['a', 'b'],
  ],
  ['classes_map', { classes_map: dict({ cat: op.int(1), person: op.int(0) }) }, ['person', 'cat']],
  [
    'classes_map of classes that are numbers',
    {
      classes_map: ints([
        [10, op.int(1)],
        [7, op.int(0)],
      ]),
    },
    ['7', '10'],
  ],
  ['class_to_idx', { class_to_idx: dict({ b: op.int(0), a: op.int(1) }) }, ['b', 'a']],
  ['a list', { classes: list(op.text('b'), op.text('a')) }, ['b', 'a']],
  [
    'an index that is missing',
    {
      idx_to_class: ints([
        [0, op.text('a')],
        [2, op.text('b')],
      ]),
    },
    undefined,
  ],
  ['an index twice', { classes_map: dict({ a: op.int(0), b: op.int(0) }) }, undefined],
  ['a name that is none', { idx_to_class: ints([[0, op.none]]) }, undefined],
  ['a count instead', { classes: op.int(80) }, undefined],
])('finds the class names: %s', async (_, more, names) => {
  expect(await namesIn(more)).toEqual(names);
});
