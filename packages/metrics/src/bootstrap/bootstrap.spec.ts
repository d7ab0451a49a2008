import { RandomStream } from '@polytag/core';
import { evaluateScores, type Evaluation } from '../evaluate-scores.js';
import { scoreTable, type ScoreTable } from '../scores/score-table.js';
import { bootstrapDifference, bootstrapEvaluation } from './bootstrap.js';
import { drawWeights } from './draw-weights.js';
import { WeightedEvaluation } from './weighted-evaluation.js';

const CLASSES = 7;
const labels = Array.from({ length: CLASSES }, (_, k) => `label ${k}`);
const thresholds = Float64Array.from({ length: CLASSES }, (_, k) => 0.2 + k / 10);

/** Rare and common labels, one on no image, one on one, unknown ones, and many equal scores. */
function someTable(images: number, seed: number, noise = 1): ScoreTable {
  const random = new RandomStream(seed, 'table');
  const other = new RandomStream(seed, `noise ${noise}`);
  const targets = Int8Array.from({ length: images * CLASSES }, (_, i) => {
    const k = i % CLASSES;
    const draw = random.uniform();
    if (k === 0) return draw < 0.1 ? -1 : 0;
    if (k === 1) return i === k + 3 * CLASSES ? 1 : draw < 0.5 ? -1 : 0;
    return draw < 0.1 * k ? 1 : draw > 0.95 ? -1 : 0;
  });
  const scores = Float64Array.from(
    targets,
    (target) => Math.round(20 / (1 + Math.exp(-target - noise * other.normal()))) / 20,
  );
  return scoreTable(scores, targets, { images, classes: CLASSES });
}

/** The table in which image i stands weights[i] times, in the order of the images. */
function repeated({ scores, targets, classes }: ScoreTable, weights: ArrayLike<number>) {
  const images = Array.from(weights).flatMap((times, image) => new Array<number>(times).fill(image));
  const of = (values: ArrayLike<number>) =>
    images.flatMap((image) => Array.from({ length: classes }, (_, k) => values[image * classes + k]));
  return { scores: of(scores), targets: of(targets), images: images.length, labels };
}

const figureOf = (evaluation: Evaluation, name: string): number =>
  name
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], evaluation) as number;

const interval = (from: number, to: number) => ({ from, to });

describe('WeightedEvaluation', () => {
  it('gives the figures of the set in which images are repeated, to the bit', () => {
    const table = someTable(60, 1);
    const weighted = new WeightedEvaluation(table, { threshold: 0.4, thresholds });
    expect(weighted.names).toHaveLength(3 + 4 * 6);
    const weights = new Uint16Array(60);
    let without = 0;
    for (let b = 0; b < 50; b++) {
      drawWeights(new RandomStream(3, String(b)), weights);
      const evaluation = evaluateScores({ ...repeated(table, weights), threshold: 0.4, thresholds });
      const { figures, averagePrecision } = weighted.of(weights);
      expect([...figures]).toEqual(weighted.names.map((name) => figureOf(evaluation, name)));
      expect([...averagePrecision]).toEqual(
        labels.map((_, k) => (evaluation.positives[k] > 0 ? evaluation.averagePrecision[k] : NaN)),
      );
      without += Number(evaluation.positives[1] === 0);
    }
    // The label of one image is missing in some of the sets, and there in others.
    expect(without).toBeGreaterThan(5);
    expect(without).toBeLessThan(45);
  });

  it('gives the figures of the images as they are for weights of one', () => {
    const table = someTable(200, 2);
    const evaluation = evaluateScores({ ...table, labels });
    const weighted = new WeightedEvaluation(table);
    const { figures } = weighted.of(new Uint16Array(200).fill(1));
    expect([...figures]).toEqual(weighted.names.map((name) => figureOf(evaluation, name)));
  });

  it('finds its way with more positives than sixteen bits count', () => {
    const images = 70_000;
    const scores = Float64Array.from({ length: images }, (_, i) => ((i * 7919) % images) / images);
    const targets = Int8Array.from({ length: images }, (_, i) => (i % 50 === 0 ? 0 : 1));
    const table = scoreTable(scores, targets, { images, classes: 1 });
    const { averagePrecision } = new WeightedEvaluation(table).of(new Uint16Array(images).fill(1));
    expect([...averagePrecision]).toEqual([
      ...evaluateScores({ ...table, labels: ['one'] }).averagePrecision,
    ]);
  });
});

describe('drawWeights', () => {
  it('draws as many images as there are, each as often as any other', () => {
    const sums = new Float64Array(40);
    const weights = new Uint16Array(40);
    for (let b = 0; b < 2000; b++) {
      drawWeights(new RandomStream(1, String(b)), weights);
      expect(weights.reduce((sum, one) => sum + one, 0)).toBe(40);
      weights.forEach((weight, i) => (sums[i] += weight));
    }
    // Mean 2000, standard deviation 44.2.
    for (const sum of sums) expect(Math.abs(sum - 2000)).toBeLessThan(5 * 44.2);
  });
});

describe('bootstrapEvaluation', () => {
  const table = someTable(150, 4);

  it('is a function of the seed, and tells how far it is', () => {
    const done: number[] = [];
    const few = bootstrapEvaluation(table, { resamples: 5, seed: 9, report: (count) => done.push(count) });
    expect(done).toEqual([1, 2, 3, 4, 5]);
    expect(few).toEqual(bootstrapEvaluation(table, { resamples: 5, seed: 9 }));
    expect(few).not.toEqual({ ...bootstrapEvaluation(table, { resamples: 5, seed: 8 }), seed: 9 });
  });

  it('has intervals around what evaluateScores gives, and none for a label without images', () => {
    const evaluation = evaluateScores({ ...table, labels, thresholds });
    const { figures, averagePrecision } = bootstrapEvaluation(table, { resamples: 300, thresholds });
    for (const [name, { estimate, from, to }] of Object.entries(figures)) {
      expect(estimate).toBe(figureOf(evaluation, name));
      expect([from <= estimate, to >= estimate, to - from < 0.5]).toEqual([true, true, true]);
    }
    expect(averagePrecision[0]).toBeUndefined();
    expect(averagePrecision.slice(1).map((one) => one?.estimate)).toEqual([
      ...evaluation.averagePrecision.slice(1),
    ]);
  });

  it('is narrower with more images, by the root of their number', () => {
    const width = (images: number) => {
      const { from, to } = bootstrapEvaluation(someTable(images, 5), { resamples: 400 }).figures[
        'threshold.OF1'
      ]!;
      return to - from;
    };
    expect(width(200) / width(3200)).toBeGreaterThan(3);
    expect(width(200) / width(3200)).toBeLessThan(5.3);
  });

  it.each([{ resamples: 0 }, { confidence: 1 }, { confidence: 0 }])('refuses %j', (options) => {
    expect(() => bootstrapEvaluation(table, options)).toThrow(
      expect.objectContaining({ code: 'usage/bootstrap' }),
    );
  });
});

describe('bootstrapDifference', () => {
  it('finds no difference between a model and itself', () => {
    const side = { table: someTable(100, 6) };
    const { figures, averagePrecision } = bootstrapDifference(side, side, { resamples: 50 });
    for (const one of Object.values(figures)) expect(one).toEqual({ estimate: 0, ...interval(0, 0) });
    expect(averagePrecision.slice(1).every((one) => one?.from === 0 && one.to === 0)).toBe(true);
  });

  it('is turned round with its sides', () => {
    const [a, b] = [{ table: someTable(100, 7) }, { table: someTable(100, 7, 2), thresholds }];
    const [there, back] = [
      bootstrapDifference(a, b, { resamples: 99 }),
      bootstrapDifference(b, a, { resamples: 99 }),
    ];
    // Of own thresholds only one side has figures.
    expect(Object.keys(there.figures)).toHaveLength(3 + 3 * 6);
    for (const [name, { estimate, from, to }] of Object.entries(there.figures)) {
      const turned = back.figures[name as keyof typeof back.figures]!;
      expect(turned.estimate).toBe(-estimate);
      expect(turned.from).toBeCloseTo(-to, 12);
      expect(turned.to).toBeCloseTo(-from, 12);
    }
  });

  it('tells a better model from a worse one, with an interval narrower than theirs apart', () => {
    const [good, bad] = [someTable(400, 8, 0.8), someTable(400, 8, 1.2)];
    const { mAPOccurring } = bootstrapDifference({ table: bad }, { table: good }, { resamples: 200 }).figures;
    expect(mAPOccurring!.from).toBeGreaterThan(0);
  });

  it('holds the difference where labels have one image each, of which many resamples have none', () => {
    const [images, classes] = [60, 20];
    const diagonal = Float64Array.from({ length: images * classes }, (_, e) =>
      Math.floor(e / classes) === e % classes ? 1 : 0,
    );
    const found = { table: scoreTable(diagonal, diagonal, { images, classes }) };
    const missed = {
      table: scoreTable(
        diagonal.map(() => 0),
        diagonal,
        { images, classes },
      ),
    };
    const { figures } = bootstrapDifference(missed, found, { resamples: 200 });
    const { estimate, from, to } = figures['threshold.CF1']!;
    expect([estimate, to]).toEqual([1, 1]);
    expect(from).toBeGreaterThan(0.5);
  });

  it('refuses scores of other images', () => {
    expect(() => bootstrapDifference({ table: someTable(9, 1) }, { table: someTable(8, 1) })).toThrow(
      expect.objectContaining({ code: 'usage/shape-mismatch' }),
    );
  });
});
