import fc from 'fast-check';
import { noiseCounts } from './noise-counts.js';

describe('noiseCounts', () => {
  it('is the joint, by what is true first', () => {
    expect(
      noiseCounts([
        [20, 3],
        [1, 9],
      ]),
    ).toEqual([
      [20, 1],
      [3, 9],
    ]);
  });

  it('leaves some images right, at the cost of those taken for wrong', () => {
    expect(
      noiseCounts(
        [
          [20, 3],
          [7, 4],
        ],
        { minExamples: 6 },
      ),
    ).toEqual([
      [20, 5],
      [3, 6],
    ]);
  });

  it('looks for a share of the errors, and counts the others as right', () => {
    expect(
      noiseCounts(
        [
          [20, 4],
          [5, 9],
        ],
        { fracNoise: 0.5 },
      ),
    ).toEqual([
      [22, 2],
      [2, 11],
    ]);
  });

  it('finds no more errors than the joint has, and fewer with a smaller share', () => {
    const count = fc.nat(50);
    fc.assert(
      fc.property(
        fc.tuple(count, count, count, count),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([a, b, c, d], fracNoise) => {
          const all = noiseCounts([
            [a, b],
            [c, d],
          ]);
          const some = noiseCounts(
            [
              [a, b],
              [c, d],
            ],
            { fracNoise },
          );
          expect(all[1][0]).toBeLessThanOrEqual(b);
          expect(all[0][1]).toBeLessThanOrEqual(c);
          expect(some[1][0]).toBeLessThanOrEqual(all[1][0]);
          expect(some[0][1]).toBeLessThanOrEqual(all[0][1]);
        },
      ),
    );
  });
});
