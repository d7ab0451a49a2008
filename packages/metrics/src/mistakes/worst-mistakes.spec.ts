import { scoreTable } from '../scores/score-table.js';
import { worstMistakes } from './worst-mistakes.js';

describe('worstMistakes', () => {
  // prettier-ignore
  const table = scoreTable(
    [0.9, 0.8, 0.1,
     0.2, 0.95, 0.3,
     0.9, 0.2, 0.9,
     0.99, 0.01, 0.5],
    [0, 0, 1,
     1, 1, 0,
     0, 1, 0,
     -1, -1, 1],
    { images: 4, classes: 3 },
  );

  it('takes the worst of each image, the worst image first', () => {
    expect(worstMistakes(table)).toEqual({
      absent: [
        { image: 0, index: 0, score: 0.9 },
        { image: 2, index: 0, score: 0.9 },
        { image: 1, index: 2, score: 0.3 },
      ],
      present: [
        { image: 0, index: 2, score: 0.1 },
        { image: 1, index: 0, score: 0.2 },
        { image: 2, index: 1, score: 0.2 },
        { image: 3, index: 2, score: 0.5 },
      ],
    });
  });

  it('gives no more than are asked for', () => {
    const { absent, present } = worstMistakes(table, 2);
    expect([absent, present].map((list) => list.map(({ image }) => image))).toEqual([
      [0, 2],
      [0, 1],
    ]);
  });
});
