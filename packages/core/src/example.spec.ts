import { LabelVocabulary, RandomStream } from './index.js';

it('runs the example of the README', () => {
  const labels = new LabelVocabulary(['dog', 'car', 'person']);
  const targets = labels.encode(['person', 'dog']); // in sorted order: car, dog, person

  const shuffle = new RandomStream(5, 'shuffle/epoch 0');
  const order = shuffle.permutation(4);
  const later = RandomStream.restore(shuffle.state); // goes on where shuffle stands

  expect([...targets]).toEqual([0, 1, 1]);
  expect(order).toHaveLength(4);
  expect(later.uniform()).toBe(shuffle.uniform());
});
