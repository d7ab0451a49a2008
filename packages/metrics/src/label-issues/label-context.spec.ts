import { RandomStream } from '@polytag/core';
import { averagePrecisions } from '../average-precision/average-precision.js';
import { reliability } from '../curves/reliability.js';
import { scoreTable, type ScoreTable } from '../scores/score-table.js';
import { probabilitiesInContext } from './label-context.js';

const IMAGES = 400;

/**
 * Label 0 and 1 stand on the same images, label 2 alone. The model sees each a little, and is far too timid. On the
 * first ten images with labels 0 and 1 label 1 is missing.
 */
function sceneTable(): {
  readonly table: ScoreTable;
  readonly lacking: readonly number[];
  readonly truth: Uint8Array;
} {
  const random = new RandomStream(1, 'scenes');
  const truth = Uint8Array.from({ length: IMAGES * 3 }, (_, i) =>
    Number((Math.floor(i / 3) % 4 === 0) === i % 3 < 2),
  );
  const scores = Float64Array.from(
    truth,
    (value) => 1 / (1 + Math.exp(-(0.3 * (value - 0.5) + 0.2 * random.normal()))),
  );
  const lacking = Array.from({ length: 10 }, (_, n) => 4 * n);
  const targets = truth.slice();
  for (const image of lacking) targets[image * 3 + 1] = 0;
  return { table: scoreTable(scores, targets, { images: IMAGES, classes: 3 }), lacking, truth };
}

describe('probabilitiesInContext', () => {
  const { table, lacking, truth } = sceneTable();
  const probabilities = probabilitiesInContext(table);

  it('raises a label where those are that it stands with, also where it was not given', () => {
    for (const image of lacking) expect(probabilities[image * 3 + 1]).toBeGreaterThan(0.7);
    for (let image = 1; image < IMAGES; image += 4) expect(probabilities[image * 3 + 1]).toBeLessThan(0.1);
  });

  it('knows the truth better than the model alone, and calibrates it', () => {
    const of = (scores: Float64Array) => scoreTable(scores, truth, { images: IMAGES, classes: 3 });
    expect(averagePrecisions(of(probabilities)).mean).toBeGreaterThan(
      averagePrecisions(of(table.scores)).mean,
    );
    const error = (scores: Float64Array) => reliability({ ...table, scores }).expectedCalibrationError;
    expect(error(probabilities)).toBeLessThan(0.2 * error(table.scores));
  });

  it('takes certain probabilities, labels without images, and unknown labels', () => {
    const certain = scoreTable([0, 1, 1, 0, 1, 0.5], [0, -1, 1, -1, 0, -1], { images: 3, classes: 2 });
    for (const p of probabilitiesInContext(certain)) {
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThan(1);
    }
  });

  it('gives the same numbers each time', () => {
    expect(probabilitiesInContext(table)).toEqual(probabilities);
  });
});
