import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { counted, DataError, InterruptedError, printable } from '@polytag/core';
import { Progress, untilInterrupted, type Streams } from '@polytag/cli';
import {
  nearDuplicateGroups,
  readLabelFile,
  type LabelledDataset,
  type LabelledImage,
} from '@polytag/datasets';
import { useEngine, type EngineName } from '@polytag/engine';
import { chooseToLabel, concatenate, runNetwork, type RunNetworkOptions } from '@polytag/evaluation';
import { writeFileAtomically } from '@polytag/files';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { assertNoInput } from '../bulk/assert-no-input.js';
import { BulkProgress } from '../bulk/bulk-progress.js';
import { placedImages } from '../bulk/image-list.js';
import { assertReplacesImageList } from '../bulk/own-outputs.js';
import { describeBad, someBad } from '../scoring/bad-images.js';

export interface SuggestOptions extends RunNetworkOptions {
  readonly engine: EngineName;
  readonly data: string;
  readonly pool: readonly string[];
  readonly count: number;
  readonly seed: number;
  readonly out?: string;
}

/** Labels that are shown of an image: those of which the model is least sure. */
const SHOWN = 3;

/**
 * Names the images of a pool that are worth labelling next, best first, a line each with how unsure the model is. Images
 * that are labelled already, and copies of such or of each other, are left out.
 *
 * @throws UsageError `usage/out-is-input`, `usage/foreign-file`
 * @throws DataError `data/nothing-to-label`; `data/bad-images` after all
 * @throws InterruptedError `data/interrupted`
 */
export async function suggestImages(options: SuggestOptions, streams: Streams): Promise<void> {
  if (options.out !== undefined) {
    await assertNoInput(options.out, [options.data, ...options.pool]);
    await assertReplacesImageList(options.out);
  }
  await useEngine(options.engine);
  const listed = await readLabelFile(options.data, { unknownLabels: 'ignore', missingImages: 'keep' });
  // An image of which nothing is known is listed, and not labelled.
  const isLabelled = ({ unknown = [] }: LabelledImage) => unknown.length < listed.labels.size;
  const labelled = { ...listed, images: listed.images.filter(isLabelled) };
  const model = await loadModel(options.model, { allowModules: options.allowModules });
  try {
    await untilInterrupted((signal) => suggestFrom(model, labelled, options, streams, signal));
  } finally {
    model.dispose();
  }
}

async function suggestFrom(
  model: MultiLabelModel,
  labelled: LabelledDataset,
  options: SuggestOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<void> {
  const { images, bad, given } = await unlabelledImages(labelled, options, streams, signal);
  if (images.length === 0) {
    throw bad > 0
      ? someBad(bad, given)
      : new DataError(
          'data/nothing-to-label',
          `Every image of the pool is in ${printable(options.data, 400)}, or a copy of one.`,
        );
  }
  const progress = new BulkProgress(streams, 'predicting', () => images.length);
  const found: string[] = [];
  const [outputs, features]: [Float32Array[], Float32Array[]] = [[], []];
  async function* items() {
    for (const path of images) yield { path };
  }
  for await (const batch of runNetwork(model, items(), ['outputs', 'features'], options)) {
    if (signal.aborted) throw stopped();
    for (const row of batch) {
      // It was read before. Where that is no longer so, there is nothing to suggest of it.
      if (row.error) continue;
      found.push(row.item.path);
      outputs.push(row.rows[0]);
      features.push(row.rows[1]);
    }
    progress.add(batch.length);
  }
  const scores = model.scores(concatenate(outputs));
  const pool = { scores, features: concatenate(features), images: found.length };
  const chosen = chooseToLabel(pool, options.count, options.seed);
  for (const { index, uncertainty } of chosen) {
    const row = scores.subarray(index * model.labels.size, (index + 1) * model.labels.size);
    const shown = `${printable(found[index], Infinity)}: ${uncertainty.toFixed(2)} bits`;
    streams.out.write(`${shown} (${leastSure(row, model).join(', ')})\n`);
  }
  if (options.out !== undefined) {
    await mkdir(dirname(options.out), { recursive: true });
    await writeFileAtomically(options.out, chosen.map(({ index }) => `${found[index]}\n`).join(''));
  }
  if (bad > 0) throw someBad(bad, given);
}

/** The images of the pool that can be used, without those that are labelled and without copies. */
async function unlabelledImages(
  labelled: LabelledDataset,
  { pool, maxPixels, workers }: SuggestOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<{ readonly images: string[]; readonly bad: number; readonly given: number }> {
  const progress = new Progress(streams.err);
  const isLabelled = new Set(labelled.images.map(({ path }) => resolve(path)));
  const candidates: LabelledImage[] = [];
  let [given, known, bad] = [0, 0, 0];
  const refuse = (error: DataError) => {
    bad++;
    progress.line(describeBad(error));
  };
  for await (const { path, error } of placedImages({ paths: pool }, signal)) {
    given++;
    if (error) refuse(error);
    else if (isLabelled.has(resolve(path))) known++;
    else candidates.push({ name: path, path, labels: [] });
  }
  if (candidates.length === 0) return { images: [], bad, given };
  // Labelled ones come first: of a group with one of them the first is labelled.
  const all = [...labelled.images, ...candidates];
  const before = labelled.images.length;
  const { group, bad: unusable } = await nearDuplicateGroups(all, {
    maxPixels,
    workers,
    signal,
    report: (done) => progress.update({ label: 'looking for copies', done, total: all.length }),
  });
  const refused = new Set(unusable.map(({ index }) => index));
  for (const { index, error } of unusable) if (index >= before) refuse(error);
  const usable = [...all.keys()].slice(before).filter((i) => !refused.has(i));
  const images = usable.filter((i) => group[i] === i).map((i) => all[i].path);
  const copies = usable.length - images.length;
  progress.line(
    `${images.length} of ${counted(given, 'image')} of the pool can be suggested: ${known} labelled, ${counted(copies, 'copy', 'copies')}, ${bad} unusable`,
  );
  return { images, bad, given };
}

function leastSure(row: Float64Array, { labels }: MultiLabelModel): string[] {
  return Array.from(row, (score, i) => ({ label: labels.names[i], score }))
    .sort((a, b) => Math.abs(a.score - 0.5) - Math.abs(b.score - 0.5))
    .slice(0, SHOWN)
    .map(({ label, score }) => `${printable(label)} ${score.toFixed(2)}`);
}

const stopped = () => new InterruptedError('data/interrupted', 'Choosing images was stopped.');
