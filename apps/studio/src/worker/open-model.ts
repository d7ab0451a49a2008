import { prepareImage } from '@polytag/datasets/images';
import { onnxFiles, tfjsFiles } from '@polytag/export';
import { filesOfModel, heatMapPixels, modelFromFiles, type MultiLabelModel } from '@polytag/model';
import { CheckpointError, UsageError } from '@polytag/core';
import { batchTensor, openOnFastest } from './engine.ts';
import { isFeaturesHead } from './features-head.ts';
import { keepFeatures } from './features.ts';
import { withManifest } from './manifest.ts';
import { photoBytes } from './photo-bytes.ts';
import type { Answers, CallContext, EngineFacts, FolderFiles, ModelFacts, Requests } from './protocol.ts';

interface Opened {
  readonly name: string;
  readonly model: MultiLabelModel;
  readonly engine: EngineFacts;
}

let opened: Opened | undefined;
let trained: MultiLabelModel | undefined;

/** The model that is open. @throws UsageError */
export function openedModel(): Opened {
  if (opened) return opened;
  throw new UsageError('usage/no-model', 'No model is open.', { hint: 'Open a model first.' });
}

/** The model that training has made, until the next one. */
export function setTrained(model: MultiLabelModel | undefined): void {
  if (trained !== opened?.model) trained?.dispose();
  trained = model;
}

const factsOf = (name: string, model: MultiLabelModel): ModelFacts => ({
  name,
  labels: model.labels.names,
  thresholds: [...(model.thresholds ?? model.labels.names.map(() => 0.5))],
  backbone: model.backbone.name,
  head: model.head.name,
  isContinuable: isFeaturesHead(model),
  height: model.preprocessing.height,
  width: model.preprocessing.width,
});

/** Opens a model folder. Its code, if it has some, is never run: the model is refused. */
export async function openModel({ name, files }: Requests['open']): Promise<Answers['open']> {
  const { model, engine } = await openOnFastest(() => withoutCode(files, name));
  // A trained model stays until the next one, so that it can still be downloaded.
  if (opened && opened.model !== trained) opened.model.dispose();
  opened = { name, model, engine };
  return { model: factsOf(name, model), engine };
}

/** @throws CheckpointError with a hint that fits the page: the usual one names an option of the command line */
async function withoutCode(files: Requests['open']['files'], name: string): Promise<MultiLabelModel> {
  try {
    return await modelFromFiles(files, name, {});
  } catch (cause) {
    if (!(cause instanceof CheckpointError) || cause.code !== 'checkpoint/module-not-allowed') throw cause;
    throw new CheckpointError(cause.code, cause.message, {
      hint: 'The page runs no code of a model. If you trust it, use the command line: polytag-eval predict --model FOLDER --allow-modules',
      cause,
    });
  }
}

export async function keepTrained(): Promise<Answers['keep']> {
  if (!trained) throw new UsageError('usage/no-model', 'No model was trained yet.');
  const { engine, model } = openedModel();
  if (model !== trained) {
    keepFeatures(model, trained);
    model.dispose();
  }
  opened = { name: 'trained', model: trained, engine };
  return { model: factsOf('trained', trained) };
}

async function prepared(source: Requests['predict']['source'], { preprocessing }: MultiLabelModel) {
  return prepareImage(await photoBytes(source), preprocessing);
}

async function scoresOf(model: MultiLabelModel, images: Float32Array, count: number): Promise<Float32Array> {
  const { height, width } = model.preprocessing;
  const input = batchTensor(images, count, height, width);
  const outputs = model.predictBatch(input);
  try {
    return Float32Array.from(model.scores(await outputs.data()));
  } finally {
    outputs.dispose();
    input.dispose();
  }
}

export async function predict({ source }: Requests['predict']): Promise<Answers['predict']> {
  const { model } = openedModel();
  const start = performance.now();
  const scores = await scoresOf(model, await prepared(source, model), 1);
  return { scores, milliseconds: performance.now() - start };
}

const BATCH = 16;

export async function predictAll(
  { sources }: Requests['predictAll'],
  { report, signal }: CallContext,
): Promise<Answers['predictAll']> {
  const { model } = openedModel();
  const { height, width } = model.preprocessing;
  const [values, labels] = [height * width * 3, model.labels.size];
  const scores = new Float32Array(sources.length * labels).fill(NaN);
  const bad: string[] = [];
  const start = performance.now();
  for (let from = 0; from < sources.length && !signal.aborted; from += BATCH) {
    const some = await Promise.allSettled(
      sources.slice(from, from + BATCH).map((source) => prepared(source, model)),
    );
    const rows: number[] = [];
    const good = some.flatMap((result, i) => {
      if (result.status === 'rejected') return (bad.push(String(result.reason)), []);
      rows.push(from + i);
      return [result.value];
    });
    const images = new Float32Array(good.length * values);
    good.forEach((image, i) => images.set(image, i * values));
    if (good.length > 0) {
      const found = await scoresOf(model, images, good.length);
      rows.forEach((row, i) => scores.set(found.subarray(i * labels, (i + 1) * labels), row * labels));
    }
    const done = Math.min(from + BATCH, sources.length);
    const secondsLeft = ((performance.now() - start) / 1000 / done) * (sources.length - done);
    report({ kind: 'images', done, total: sources.length, secondsLeft });
  }
  return { scores, bad };
}

export async function explain({ source, label }: Requests['explain']): Promise<Answers['explain']> {
  const { model } = openedModel();
  const bytes = await photoBytes(source);
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const size = { height: bitmap.height, width: bitmap.width };
  bitmap.close();
  const [map] = await model.explain(bytes, { labels: [label] });
  const { pixels, height, width } = heatMapPixels(map, size);
  return { pixels: new Uint8ClampedArray(pixels), height, width };
}

export async function exportModel({ form, which }: Requests['exportModel']): Promise<FolderFiles> {
  const model = which === 'trained' ? trained : openedModel().model;
  if (!model) throw new UsageError('usage/no-model', 'No model was trained yet.');
  if (form === 'onnx') return withManifest((await onnxFiles(model)).files);
  return withManifest(form === 'tfjs' ? await tfjsFiles(model) : await filesOfModel(model));
}
