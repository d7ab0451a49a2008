import { scoreTable } from '../scores/score-table.js';
import { confusedPairs } from './confused-pairs.js';

describe('confusedPairs', () => {
  it('counts the images that miss one class and are wrongly given the other', () => {
    // prettier-ignore
    const targets = [
      1, 0, 0, // misses 0; 1 and 2 are wrong
      1, 0, 0, // misses 0; 2 is wrong
      0, 1, 0, // misses 1; 0 is wrong
      1, 0, 0, // misses 0, nothing is wrong
      0, 1, 0, // right
      1, -1, 0, // misses 0; what is said of 1 is not judged
    ];
    const predictions = Uint8Array.of(0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0);
    const table = scoreTable(predictions, targets, { images: 6, classes: 3 });
    expect(confusedPairs(table, predictions)).toEqual([
      { missed: 0, predicted: 2, images: 2 },
      { missed: 0, predicted: 1, images: 1 },
      { missed: 1, predicted: 0, images: 1 },
    ]);
    expect(confusedPairs(table, predictions, 1)).toHaveLength(1);
  });

  it('is empty where every prediction is right', () => {
    const right = scoreTable([1, 0], [1, 0], { images: 1, classes: 2 });
    expect(confusedPairs(right, Uint8Array.of(1, 0))).toEqual([]);
  });
});
