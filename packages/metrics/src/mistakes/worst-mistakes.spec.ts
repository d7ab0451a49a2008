import { RandomStream } from '@polytag/core';
import { judgement, scoreTable } from '../scores/score-table.js';
import { worstMistakes, worstMistakesByClass } from './worst-mistakes.js';

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

describe('worstMistakesByClass', () => {
  it('is the head of each class’s images, sorted by score', () => {
    const [images, classes, most] = [40, 3, 4];
    const stream = new RandomStream(3, 'mistakes');
    // Scores of one decimal tie often.
    const scores = Float64Array.from(
      { length: images * classes },
      () => Math.round(10 * stream.uniform()) / 10,
    );
    const targets = scores.map(() => Math.floor(3 * stream.uniform()) - 1);
    const table = scoreTable(scores, targets, { images, classes });
    const lists = worstMistakesByClass(table, most);
    for (let index = 0; index < classes; index++) {
      const those = (truth: number, sign: number) =>
        Array.from({ length: images }, (_, image) => ({
          image,
          index,
          score: scores[image * classes + index],
        }))
          .filter(({ image }) => judgement(targets[image * classes + index]) === truth)
          .sort((a, b) => sign * (a.score - b.score) || a.image - b.image)
          .slice(0, most);
      expect(lists[index]).toEqual({ absent: those(0, -1), present: those(1, 1) });
    }
  });
});
