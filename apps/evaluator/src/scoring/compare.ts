import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError, printable } from '@polytag/core';
import { terminalWidth, type Streams } from '@polytag/cli';
import { assertDifferentOutputs, nameToShare, openRegularFile, writeFileAtomically } from '@polytag/files';
import { bootstrapDifference, evaluateScores, scoreTable } from '@polytag/metrics';
import {
  comparedThresholds,
  comparison,
  comparisonJson,
  comparisonPage,
  toComparisonTable,
} from '@polytag/report';
import type { EngineChoice } from '../options.js';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { assertReplacesFigures, assertReplacesPage } from '../bulk/own-outputs.js';
import { assertThreads } from '../onnx/open-onnx.js';
import { shownBootstrap } from './bootstrap-options.js';
import type { ScoringOptions } from './outputs-on-data.js';
import { withFileScores, withModelScores, type ScoredImages } from './scored-images.js';

export interface CompareOptions extends Omit<ScoringOptions, 'model'> {
  readonly bootstrap: number;
  readonly seed: number;
  readonly logits?: boolean;
  readonly json?: string;
  readonly report?: string;
}

/**
 * Compares two models or files of scores on the images that both have scores of. Where one of them has none for an image,
 * that is told, and is an error when all is done.
 */
export async function compare(
  placeA: string,
  placeB: string,
  options: CompareOptions,
  streams: Streams,
): Promise<void> {
  const { json, report } = options;
  if (json !== undefined) {
    await assertNoInput(json, [placeA, placeB, options.data], '--json');
    await assertReplacesFigures(json);
  }
  if (report !== undefined) {
    await assertReplacesFigures(join(report, 'comparison.json'), '--report');
    await assertReplacesPage(join(report, 'comparison.html'));
    // comparison.json has the same content.
    await assertDifferentOutputs([
      ['--json', json],
      ['--report', join(report, 'comparison.html')],
    ]);
  }
  for (const place of [placeA, placeB]) await assertIsThere(place);
  const engines = [await engineFor(placeA, options.engine), await engineFor(placeB, options.engine)];
  if (!engines.includes('onnx')) assertThreads(options.engine, options.threads);
  const sides = [
    await sideOf(placeA, withEngine(options, engines[0]), streams),
    await sideOf(placeB, withEngine(options, engines[1]), streams),
  ];
  const [a, b] = onSameImages(sides.map(({ scored }) => scored));
  const labels = a.dataset.labels.names;
  const [thresholdsA, thresholdsB] = comparedThresholds([a.thresholds, b.thresholds]);
  const first = { table: a.table, thresholds: thresholdsA };
  const second = { table: b.table, thresholds: thresholdsB };
  const resampling = shownBootstrap(options.bootstrap, options.seed, streams.err);
  const intervals = bootstrapDifference(first, second, resampling);
  const evaluations = [first, second].map(({ table, thresholds }) =>
    evaluateScores({ ...table, labels, thresholds }),
  );
  const subject = { first: a.name, second: b.name, dataSet: nameToShare(options.data) };
  const compared = comparison(evaluations[0], evaluations[1], intervals, subject);
  streams.out.write(toComparisonTable(compared, { width: terminalWidth(streams.out) }));
  if (json) await write(json, comparisonJson(compared));
  if (report) {
    await write(join(report, 'comparison.json'), comparisonJson(compared));
    const page = join(report, 'comparison.html');
    await write(page, comparisonPage(compared));
    streams.out.write(`report: ${printable(page, Infinity)}, with comparison.json\n`);
  }
  const fault = sides.find(({ leftOut }) => leftOut)?.leftOut;
  if (fault) throw fault;
}

/** Before the first side is computed, which may take long. A folder is checked by what loads it. */
async function assertIsThere(place: string): Promise<void> {
  const found = await stat(place).catch(() => undefined);
  if (!found?.isDirectory())
    await (await openRegularFile(place, { what: 'model folder or file of scores' })).handle.close();
}

/** What runs a side: onnxruntime an exported model, the tensor engine a model folder. */
async function engineFor(place: string, engine: EngineChoice): Promise<EngineChoice> {
  const files = await readdir(place).catch((): string[] => []);
  if (files.includes('model.onnx') && !files.includes('model.safetensors')) return 'onnx';
  return engine === 'onnx' ? 'wasm' : engine;
}

/** Only an exported model has threads, and only a model folder modules. */
const withEngine = (options: CompareOptions, engine: EngineChoice): CompareOptions => ({
  ...options,
  engine,
  threads: engine === 'onnx' ? options.threads : undefined,
  allowModules: engine === 'onnx' ? undefined : options.allowModules,
});

/** Scores of a model folder, or of a file; what images were left out for is an error that ends the command later. */
async function sideOf(
  place: string,
  options: CompareOptions,
  streams: Streams,
): Promise<{ readonly scored: ScoredImages; readonly leftOut?: DataError }> {
  let scored: ScoredImages | undefined;
  const take = async (found: ScoredImages) => void (scored = found);
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  try {
    if (isFolder) await withModelScores({ ...options, model: place }, streams, take);
    else await withFileScores({ ...options, scores: place }, streams, take);
  } catch (error) {
    if (!scored || !(error instanceof DataError)) throw error;
    return { scored, leftOut: error };
  }
  return { scored: scored! };
}

/** @throws DataError `data/no-image-of-both` */
function onSameImages(sides: readonly ScoredImages[]): readonly ScoredImages[] {
  const names = sides.map(({ dataset }) => new Set(dataset.images.map(({ name }) => name)));
  const inBoth = (name: string) => names.every((some) => some.has(name));
  if (names[0].size === names[1].size && [...names[0]].every(inBoth)) return sides;
  return sides.map(({ table, dataset, ...side }) => {
    const kept = [...dataset.images.keys()].filter((i) => inBoth(dataset.images[i].name));
    if (kept.length === 0)
      throw new DataError('data/no-image-of-both', 'No image has scores on both sides.', {
        hint: 'Compare scores of the same images.',
      });
    const { classes } = table;
    const rows = <Values extends ArrayLike<number>>(values: Values) =>
      Float64Array.from(
        { length: kept.length * classes },
        (_, i) => values[kept[Math.floor(i / classes)] * classes + (i % classes)],
      );
    const images = kept.map((i) => dataset.images[i]);
    return {
      ...side,
      table: scoreTable(rows(table.scores), rows(table.targets), { images: kept.length, classes }),
      dataset: { ...dataset, images },
    };
  });
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, text);
}
