import { InterruptedError, LabelVocabulary, DataError, UsageError } from '@polytag/core';
import {
  batchPlan,
  labelCounts,
  stratifiedSplit,
  type LabelledDataset,
  type LabelledImage,
} from '@polytag/datasets';
import { prepareImage } from '@polytag/datasets/images';
import { evaluateKeepingScores } from '@polytag/evaluation';
import { exportParameters, assignParameters, InferenceNetwork } from '@polytag/layers';
import { chooseThresholds, worstMistakes } from '@polytag/metrics';
import { buildModel, modelFromFiles, resolvePart, type MultiLabelModel } from '@polytag/model';
import {
  featureMapsOf,
  featureSource,
  FEATURES_RECIPE,
  fitInMemory,
  lossForLabels,
  meanOfCells,
  type FeatureReader,
} from '@polytag/training';
import { startWasm } from './engine.ts';
import { openedModel, setTrained } from './open-model.ts';
import { photoBytes } from './photo-bytes.ts';
import type { Answers, CallContext, TrainImage, TrainRequest } from './protocol.ts';

/** Feature maps of one backbone, by the digest of the image. They stay while that model is open. */
let cache: { readonly of: MultiLabelModel; readonly maps: Map<string, Float32Array> } | undefined;

/** Trains a head on what the backbone of the open model makes of the images: the recipe `features` of polytag-train. */
export async function train(request: TrainRequest, context: CallContext): Promise<Answers['train']> {
  const base = openedModel();
  if (base.engine.name !== 'wasm') await startWasm();
  const { features, bad, computed, seconds } = await computeFeatures(base.model, request.images, context);
  const usable = request.images.filter(({ name }) => features.has(name));
  const labels = new LabelVocabulary(request.labels);
  const dataset = datasetOf(usable, labels, request.labels);
  const parts = stratifiedSplit(dataset.images, [1 - request.heldOut, request.heldOut], {
    seed: request.seed,
    labelCount: labels.size,
  });
  const [learned, heldOut] = [0, 1].map((part) => ({
    ...dataset,
    images: dataset.images.filter((_, i) => parts[i] === part),
  }));
  if (learned.images.length === 0 || heldOut.images.length === 0)
    throw new DataError('data/empty-set', 'There are too few labelled photographs to hold some out.', {
      hint: 'Label some more.',
    });
  const start = performance.now();
  const trained = await trainHead(base.model, { learned, heldOut, features, request }, context);
  const secondsHead = (performance.now() - start) / 1000;
  setTrained(trained.model);
  return {
    ...trained.result,
    heldOut: heldOut.images.map(({ name }) => name),
    bad,
    computed,
    secondsFeatures: seconds,
    secondsHead,
  };
}

function datasetOf(
  images: readonly TrainImage[],
  labels: LabelVocabulary,
  given: readonly string[],
): LabelledDataset {
  const place = given.map((name) => labels.indexOf(name)!);
  const at = (positions: readonly number[]) => positions.map((k) => place[k]).sort((a, b) => a - b);
  return {
    source: 'the labelled photographs',
    labels,
    images: images.map(({ name, present, unknown }): LabelledImage => ({
      name,
      path: name,
      labels: at(present),
      ...(unknown.length > 0 && { unknown: at(unknown) }),
    })),
    unknownLabels: new Map(),
  };
}

interface Features {
  /** By the name of the image. */
  readonly features: ReadonlyMap<string, Float32Array>;
  readonly bad: { readonly name: string; readonly message: string }[];
  readonly computed: number;
  readonly seconds: number;
}

/** Pixels that the backbone is given at once: 8 images of 224 x 224. */
const PIXELS = 8 * 224 ** 2;

async function computeFeatures(
  model: MultiLabelModel,
  images: readonly TrainImage[],
  { report, signal }: CallContext,
): Promise<Features> {
  if (cache?.of !== model) cache = { of: model, maps: new Map() };
  const { maps } = cache;
  const features = new Map<string, Float32Array>();
  const bad: { name: string; message: string }[] = [];
  const { height, width } = model.preprocessing;
  const batch = Math.max(1, Math.floor(PIXELS / height / width));
  const backbone = new InferenceNetwork(model.headInputs);
  const start = performance.now();
  let computed = 0;
  // The next images are decoded while the backbone works.
  const decode = (from: number) =>
    Promise.allSettled(images.slice(from, from + batch).map((image) => decoded(image, model, maps)));
  try {
    let next = decode(0);
    for (let from = 0; from < images.length; from += batch) {
      if (signal.aborted) throw new InterruptedError('training/interrupted', 'Stopped.');
      const some = await next;
      next = decode(from + batch);
      const missing: { key: string; pixels: Float32Array }[] = [];
      for (const [i, result] of some.entries()) {
        const { name } = images[from + i];
        if (result.status === 'rejected') bad.push({ name, message: messageOf(result.reason) });
        else if (result.value.pixels) missing.push({ key: result.value.key, pixels: result.value.pixels });
      }
      if (missing.length > 0) {
        const stride = height * width * 3;
        const joined = new Float32Array(missing.length * stride);
        missing.forEach(({ pixels }, i) => joined.set(pixels, i * stride));
        const made = await featureMapsOf(backbone, joined, model);
        missing.forEach(({ key }, i) => maps.set(key, made[i]));
        computed += missing.length;
      }
      for (const [i, result] of some.entries())
        if (result.status === 'fulfilled') features.set(images[from + i].name, maps.get(result.value.key)!);
      const done = Math.min(from + batch, images.length);
      const secondsLeft = ((performance.now() - start) / 1000 / done) * (images.length - done);
      report({ kind: 'images', done, total: images.length, secondsLeft });
    }
  } finally {
    backbone.dispose();
  }
  return { features, bad, computed, seconds: (performance.now() - start) / 1000 };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function decoded(image: TrainImage, model: MultiLabelModel, maps: ReadonlyMap<string, unknown>) {
  const bytes = await photoBytes(image.source);
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  const key = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { key, pixels: maps.has(key) ? undefined : await prepareImage(bytes, model.preprocessing) };
}

interface HeadData {
  readonly learned: LabelledDataset;
  readonly heldOut: LabelledDataset;
  readonly features: ReadonlyMap<string, Float32Array>;
  readonly request: TrainRequest;
}

async function trainHead(
  base: MultiLabelModel,
  { learned, heldOut, features, request: { epochs, seed } }: HeadData,
  { report, signal }: CallContext,
) {
  const { head, loss: lossOf, batchSize, settings } = FEATURES_RECIPE_PARTS;
  const model = await modelOf(base, head, learned.labels, seed);
  try {
    const { part } = await resolvePart('loss', lossOf);
    const loss = lossForLabels(part, labelCounts(learned));
    const [, rows, columns, channels] = model.headInputs.outputs[0].shape as number[];
    const [height, width] = model.readsMean ? [1, 1] : [rows, columns];
    const read = model.readsMean
      ? new Map([...features].map(([name, map]) => [name, meanOfCells(map, channels)]))
      : features;
    const source = (dataset: LabelledDataset, shuffled: boolean) =>
      featureSource(
        readerOf(read),
        {
          plan: batchPlan(dataset, {
            batchSize,
            ...(shuffled && { shuffle: { seed }, dropLast: true }),
          }),
          views: { choose: () => 0 },
          keyOf: (_, index) => dataset.images[index].name,
          ...{ height, width, channels },
        },
        0,
        dataset.images.length,
      );
    const [train, validation] = [source(learned, true), source(heldOut, false)];
    const begun = performance.now();
    const { best, bestFiles } = await fitInMemory({
      model,
      train,
      validation,
      loss,
      seed,
      settings: { ...settings, epochs },
      signal,
      report(event) {
        if (event.kind === 'step') {
          const { step, totalSteps: total, loss: value } = event;
          const secondsLeft = ((performance.now() - begun) / 1000 / step) * (total - step);
          report({ kind: 'step', step, total, loss: value, secondsLeft });
        } else if (event.kind === 'evaluated') {
          report({
            kind: 'epoch',
            epoch: event.epoch,
            loss: NaN,
            mAP: Math.max(event.mAPOccurring ?? 0, event.mAPEmaOccurring ?? 0),
          });
        }
      },
    });
    const kept = await modelFromFiles(
      new Map(
        Object.entries(bestFiles).map(([name, content]) => [
          name,
          typeof content === 'string' ? new TextEncoder().encode(content) : content,
        ]),
      ),
      'trained',
      {},
    );
    const { table, evaluation } = await evaluateKeepingScores(kept, validation);
    const { thresholds } = chooseThresholds(table);
    kept.thresholds = thresholds;
    const { absent, present } = worstMistakes(table, 8);
    const told = (mistakes: typeof absent, isPresent: boolean) =>
      mistakes.map(({ image, index, score }) => ({
        name: heldOut.images[image].name,
        label: kept.labels.names[index],
        score,
        present: isPresent,
      }));
    return {
      model: kept,
      result: {
        mAP: evaluation.mAPOccurring,
        epoch: best!.epoch,
        perLabel: kept.labels.names.map((label, k) => ({
          label,
          ap: evaluation.averagePrecision[k],
          threshold: thresholds[k],
          images: evaluation.positives[k],
        })),
        mistakes: [...told(absent, false), ...told(present, true)],
      },
    };
  } finally {
    model.dispose();
  }
}

/** The parts of the recipe that concern the head; the backbone is the one of the open model. */
const FEATURES_RECIPE_PARTS = (() => {
  const { model, loss, training } = structuredClone(FEATURES_RECIPE);
  // They say how images become batches, which is done here.
  const { features: _features, batchSize, ...settings } = training;
  return { head: model.head, loss, batchSize, settings };
})();

/** A new head on the backbone of a model, with its weights. */
async function modelOf(
  base: MultiLabelModel,
  head: { name: string; options: Record<string, unknown> },
  labels: LabelVocabulary,
  seed: number,
): Promise<MultiLabelModel> {
  const { backbone } = base.parts;
  if (backbone.module !== undefined || backbone.file)
    throw new UsageError('usage/own-backbone', 'The backbone of this model cannot be used in a page.', {
      hint: 'Train on it with polytag-train.',
    });
  const { height, width, normalisation, resize } = base.preprocessing;
  const model = await buildModel(
    {
      backbone: { name: backbone.definition.name, options: backbone.options as Record<string, unknown> },
      head,
      views: base.views,
    },
    { labels, height, width, normalisation, resize, seed },
  );
  const weights = await exportParameters(base.parameters.filter(({ key }) => base.isBackboneKey(key)));
  assignParameters(
    model.parameters.filter(({ key }) => model.isBackboneKey(key)),
    (key) => weights.get(key),
  );
  return model;
}

function readerOf(features: ReadonlyMap<string, Float32Array>): FeatureReader {
  return {
    read: async (key, into, offset) => into.set(features.get(key)!, offset),
    close: async () => undefined,
  };
}
