import { RandomStream } from '@polytag/core';
import { averagePrecisions } from '../average-precision/average-precision.js';
import { predictAtThreshold } from '../predictions/predictions.js';
import { scoresFromOutputs, scoreTable } from '../scores/score-table.js';
import { calibrationFigures } from './calibration-error.js';
import { assertCalibration, recalibratedThreshold, type Calibration } from './calibration.js';
import { fitPlatt, fitTemperature, type LogitTable } from './fit-calibration.js';

// Looked up once: in Jest's sandbox each look-up of a global is slow.
const { exp, log } = Math;
const CLASSES = 4;
/** What the logits below must be multiplied by, and shifted, to be right. The last class is rare. */
const TRUE = { slopes: [0.5, 0.8, 2, 1], offsets: [-1, 0.5, -2, -6] };

/** Logits that are off by the pairs above; one in ten labels is unknown. */
function someTable(images: number, seed = 1): LogitTable {
  const random = new RandomStream(seed, 'logits');
  const logits = Float64Array.from({ length: images * CLASSES }, () => 2 * random.normal());
  const targets = Int8Array.from(logits, (logit, i) => {
    const present = 1 / (1 + exp(-(TRUE.slopes[i % CLASSES] * logit + TRUE.offsets[i % CLASSES])));
    const draw = random.uniform();
    return random.uniform() < 0.1 ? -1 : Number(draw < present);
  });
  return { logits, targets, classes: CLASSES };
}

/** The elements of a class that are known, with Platt's targets. */
function knownOf({ logits, targets, classes }: LogitTable, of = (_k: number) => true) {
  const known = Array.from(logits, (z, i) => ({ z, y: targets[i], k: i % classes })).filter(
    ({ y, k }) => y >= 0 && of(k),
  );
  const positives = known.filter(({ y }) => y === 1).length;
  const [low, high] = [1 / (known.length - positives + 2), (positives + 1) / (positives + 2)];
  return known.map(({ z, y }) => ({ z, t: y ? high : low }));
}

function crossEntropy(known: readonly { z: number; t: number }[], slope: number, offset: number): number {
  return known.reduce((sum, { z, t }) => {
    const p = 1 / (1 + exp(-(slope * z + offset)));
    return sum - t * log(p) - (1 - t) * log(1 - p);
  }, 0);
}

/** The lowest place of a convex function, by thirds: no derivative is used. */
function lowest(of: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 55; i++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (of(a) < of(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}

describe('fitTemperature', () => {
  it('finds the optimum that a search without derivatives finds', () => {
    const table = someTable(300);
    const known = knownOf(table);
    const slope = lowest((x) => crossEntropy(known, x, 0), 0.01, 5);
    const { method, slopes, offsets } = fitTemperature(table);
    expect([method, Array.from(offsets)]).toEqual(['temperature', [0, 0, 0, 0]]);
    for (const one of Array.from(slopes)) expect(one).toBeCloseTo(slope, 6);
  });

  it('takes back what logits were multiplied by', () => {
    const table = someTable(500);
    const hot = { ...table, logits: table.logits.map((z) => 3 * z) };
    expect(3 * fitTemperature(hot).slopes[0]).toBeCloseTo(fitTemperature(table).slopes[0], 9);
  });

  it('is finite where nothing overlaps', () => {
    const { slopes } = fitTemperature({ logits: Float64Array.of(-1, 1), targets: [0, 1], classes: 1 });
    // Platt's targets are 1/3 and 2/3: sigmoid(slope) = 2/3.
    expect(slopes[0]).toBeCloseTo(log(2), 9);
  });

  it.each([
    ['wrong order', [2, -2], [0, 1]],
    ['no positive', [2, -2], [0, 0]],
    ['no negative', [2, -2], [1, 1]],
    ['nothing known', [2, -2], [-1, -1]],
  ])('refuses %s', (_name, logits, targets) => {
    const table = { logits: Float64Array.from(logits), targets, classes: 1 };
    for (const fit of [fitTemperature, fitPlatt])
      expect(() => fit(table)).toThrow(expect.objectContaining({ code: 'data/no-calibration' }));
  });
});

describe('fitPlatt', () => {
  it('finds the optimum of each class that a search without derivatives finds', () => {
    const table = someTable(120);
    const { slopes, offsets } = fitPlatt(table);
    for (const k of [0, 1, 2]) {
      const known = knownOf(table, (of) => of === k);
      const bestOffset = (slope: number) => lowest((x) => crossEntropy(known, slope, x), -10, 10);
      const slope = lowest((x) => crossEntropy(known, x, bestOffset(x)), 0.01, 5);
      expect(slopes[k]).toBeCloseTo(slope, 5);
      expect(offsets[k]).toBeCloseTo(bestOffset(slope), 5);
    }
  });

  it('gives rare classes, and those it would turn round, the pair of all', () => {
    const table = someTable(120);
    const turned = {
      ...table,
      targets: Array.from(table.targets, (y, i) => (i % CLASSES === 2 && y >= 0 ? 1 - y : y)),
    };
    const { slopes, offsets, shared } = fitPlatt(turned);
    expect(shared).toEqual([2, 3]);
    const known = knownOf(turned);
    const bestOffset = (slope: number) => lowest((x) => crossEntropy(known, slope, x), -10, 10);
    const slope = lowest((x) => crossEntropy(known, x, bestOffset(x)), 0.01, 5);
    for (const k of shared) {
      expect(slopes[k]).toBeCloseTo(slope, 5);
      expect(offsets[k]).toBeCloseTo(bestOffset(slope), 5);
    }
  });

  it('comes near the pairs that the labels were drawn with', () => {
    const { slopes, offsets } = fitPlatt(someTable(60_000));
    for (let k = 0; k < CLASSES; k++) {
      expect(Math.abs(slopes[k] / TRUE.slopes[k] - 1)).toBeLessThan(0.06);
      expect(Math.abs(offsets[k] - TRUE.offsets[k])).toBeLessThan(0.2);
    }
  });
});

describe('calibrated scores', () => {
  const table = someTable(2000, 2);
  const tableWith = (calibration?: Calibration) =>
    scoreTable(scoresFromOutputs(table.logits, 1, calibration), table.targets, {
      images: 2000,
      classes: CLASSES,
    });

  it('are sigmoid(slope · scale · output + offset)', () => {
    const calibration: Calibration = { method: 'platt', slopes: [2, 0.5], offsets: [1, -1] };
    const sigmoid = (z: number) => 1 / (1 + exp(-z));
    expect([...scoresFromOutputs([0.1, 0.2, 0.3, 0.4], 10, calibration)]).toEqual([
      sigmoid(2 * 10 * 0.1 + 1),
      sigmoid(0.5 * 10 * 0.2 - 1),
      sigmoid(2 * 10 * 0.3 + 1),
      sigmoid(0.5 * 10 * 0.4 - 1),
    ]);
  });

  it('keep average precision, and have smaller errors', () => {
    const before = tableWith();
    for (const calibration of [fitTemperature(table), fitPlatt(table)]) {
      const after = tableWith(calibration);
      expect(averagePrecisions(after)).toEqual(averagePrecisions(before));
      const [was, is] = [calibrationFigures(before), calibrationFigures(after)];
      expect(is.logLoss).toBeLessThan(was.logLoss);
      if (calibration.method === 'platt') expect(is.ofClasses).toBeLessThan(was.ofClasses / 4);
    }
  });

  it('are decided alike by thresholds that follow the calibration', () => {
    const [platt, temperature] = [fitPlatt(table), fitTemperature(table)];
    const thresholds = [0.2, 0.5, 0.9, 0.01];
    const before = predictAtThreshold(tableWith(), thresholds, 'at-least');
    const once = thresholds.map((one, k) => recalibratedThreshold(one, k, undefined, platt));
    const again = once.map((one, k) => recalibratedThreshold(one, k, platt, temperature));
    expect(predictAtThreshold(tableWith(platt), once, 'at-least')).toEqual(before);
    expect(predictAtThreshold(tableWith(temperature), again, 'at-least')).toEqual(before);
    again.forEach((one, k) =>
      expect(recalibratedThreshold(one, k, temperature, undefined)).toBeCloseTo(thresholds[k], 12),
    );
    expect([0, 1].map((one) => recalibratedThreshold(one, 2, undefined, platt))).toEqual([0, 1]);
  });

  it.each([
    [[1], [0, 0]],
    [
      [1, 0],
      [0, 0],
    ],
    [
      [1, -1],
      [0, 0],
    ],
    [
      [1, NaN],
      [0, 0],
    ],
    [
      [1, 1],
      [0, Infinity],
    ],
  ])('are not made with slopes %j and offsets %j', (slopes, offsets) => {
    expect(() => assertCalibration({ method: 'platt', slopes, offsets }, 2)).toThrow(
      expect.objectContaining({ code: 'usage/calibration' }),
    );
  });
});

describe('calibrationFigures', () => {
  it('gives what is worked out by hand', () => {
    // Class 0: 0.1 absent, 0.15 present; 0.9 present, in its own interval; one unknown. Class 1: 0.8 absent, 0.6 present.
    const scores = [0.1, 0.8, 0.15, 0.6, 0.9, 0.5, 0.3, 0.5];
    const targets = [0, 0, 1, 1, 1, -1, -1, -1];
    const table = scoreTable(scores, targets, { images: 4, classes: 2 });
    const { expectedCalibrationError, ofClasses, logLoss } = calibrationFigures(table);
    // |1 − 0.25|, |1 − 0.9|, |0 − 0.8|, |1 − 0.6| of 5.
    expect(expectedCalibrationError).toBeCloseTo((0.75 + 0.1 + 0.8 + 0.4) / 5, 14);
    expect(ofClasses).toBeCloseTo(((0.75 + 0.1) / 3 + (0.8 + 0.4) / 2) / 2, 14);
    expect(logLoss).toBeCloseTo(-(log(0.9) + log(0.2) + log(0.15) + log(0.6) + log(0.9)) / 5, 14);
  });

  it('leaves out classes of which nothing is known, and keeps certain mistakes finite', () => {
    const table = scoreTable([1, 0.5], [0, -1], { images: 1, classes: 2 });
    expect(calibrationFigures(table)).toEqual({
      expectedCalibrationError: 1,
      ofClasses: 1,
      logLoss: expect.closeTo(-log(1e-15), 10),
    });
  });
});
