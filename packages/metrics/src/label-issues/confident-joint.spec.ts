import fc from 'fast-check';
import { confidentJoint } from './confident-joint.js';
import { column, entries, labelOf } from './label-issues.fixture.js';

describe('confidentJoint', () => {
  // Absent: 0.9, 0.8, 0.7, 0.25, 0.35 of being so, mean 0.6. Present: 0.9, 0.7, 0.2, mean 0.6.
  const label = labelOf(column([0.9, 0.7, 0.2], [0.1, 0.2, 0.3, 0.75, 0.65]));

  it('is sure from the mean probability of the images given so', () => {
    const { thresholds } = confidentJoint(label);
    expect(thresholds[0]).toBeCloseTo(0.6, 12);
    expect(thresholds[1]).toBeCloseTo(0.6, 12);
  });

  it('counts what was given against what the model is sure of, and stretches it to all images', () => {
    const { counts, disagrees } = confidentJoint(label);
    expect(counts).toEqual([
      [3, 2],
      [1, 2],
    ]);
    expect([...disagrees]).toEqual([0, 0, 1, 0, 0, 0, 1, 1]);
  });

  it('does not count images of which the model is not sure', () => {
    // Means 0.8 and 0.8; the image at 0.5 is neither.
    const { counts, calibrated } = confidentJoint(labelOf(column([1, 1, 0.4], [0, 0, 0.1, 0.7])));
    expect(counts).toEqual([
      [3, 0],
      [0, 2],
    ]);
    expect(calibrated).toEqual([
      [4, 0],
      [0, 3],
    ]);
  });

  it('is sure of both where both thresholds are low: the larger probability, and absent when equal', () => {
    // Means: absent 0.45, present 0.4.
    const { disagrees, thresholds } = confidentJoint(labelOf(column([0.5, 0.3], [0.5, 0.6])));
    expect(thresholds.map((t) => t.toFixed(2))).toEqual(['0.45', '0.40']);
    expect([...disagrees]).toEqual([1, 1, 0, 1]);
  });

  it('never reaches a value that no image was given', () => {
    const { thresholds, counts, calibrated } = confidentJoint(labelOf(column([], [0.1, 0.9])));
    expect(thresholds[1]).toBe(2);
    expect(counts[0][1]).toBe(0);
    expect(calibrated).toEqual([
      [2, 0],
      [0, 0],
    ]);
  });

  it('keeps the number of images, and of images given each value', () => {
    fc.assert(
      fc.property(entries(), (column) => {
        const label = labelOf(column);
        const { calibrated } = confidentJoint(label);
        expect(calibrated.map(([a, b]) => a + b)).toEqual([...label.counts]);
      }),
    );
  });
});
