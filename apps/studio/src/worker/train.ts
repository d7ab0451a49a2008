import { LabelVocabulary, DataError, UsageError } from '@polytag/core';
import {
  batchPlan,
  labelCounts,
  stratifiedSplit,
  type LabelledDataset,
  type LabelledImage,
} from '@polytag/datasets';
import { evaluateKeepingScores } from '@polytag/evaluation';
import { exportParameters, assignParameters } from '@polytag/layers';
import { chooseThresholds, worstMistakes } from '@polytag/metrics';
import {
  buildModel,
  continueHead,
  modelFromFiles,
  resolvePart,
  TrainedImages,
  type MultiLabelModel,
} from '@polytag/model';
import {
  featureSource,
  FEATURES_RECIPE,
  fitInMemory,
  lossForLabels,
  meanOfCells,
  type FeatureReader,
} from '@polytag/training';
import { startWasm } from './engine.ts';
import { computeFeatures } from './features.ts';
import { openedModel, setTrained } from './open-model.ts';
import type { Answers, CallContext, TrainImage, TrainRequest } from './protocol.ts';

/** Trains a head on what the backbone of the open model makes of the images: the recipe `features` of polytag-train. */
export async function train(request: TrainRequest, context: CallContext): Promise<Answers['train']> {
  const base = openedModel();
  if (base.engine.name !== 'wasm') await startWasm();
  const { maps, digests, bad, computed, seconds, workers } = await computeFeatures(
    base.model,
    request.images,
    context,
  );
  const usable = request.images.filter(({ name }) => maps.has(name));
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
      hint: 'Label more photographs.',
    });
  const start = performance.now();
  const trained = await trainHead(base.model, { learned, heldOut, features: maps, request }, context);
  trained.model.trainedOn = TrainedImages.of(learned.images.map(({ name }) => digests.get(name)!));
  const secondsHead = (performance.now() - start) / 1000;
  setTrained(trained.model);
  return {
    ...trained.result,
    heldOut: heldOut.images.map(({ name }) => name),
    bad,
    computed,
    secondsFeatures: seconds,
    workers,
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

interface HeadData {
  readonly learned: LabelledDataset;
  readonly heldOut: LabelledDataset;
  readonly features: ReadonlyMap<string, Float32Array>;
  readonly request: TrainRequest;
}

/** Of each kind. */
const MOST_MISTAKES = 8;

async function trainHead(
  base: MultiLabelModel,
  { learned, heldOut, features, request: { epochs, seed, continues } }: HeadData,
  { report, signal }: CallContext,
) {
  const { head, loss: lossOf, batchSize, settings } = FEATURES_RECIPE_PARTS;
  const model = await modelOf(base, head, learned.labels, seed);
  try {
    const continued = continues ? ((await continueHead(model, base)) ?? (false as const)) : undefined;
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
    const { absent, present } = worstMistakes(table);
    // Far from its label is no mistake yet: the threshold decides what is predicted.
    const told = (mistakes: typeof absent, isPresent: boolean) =>
      mistakes
        .filter(({ index, score }) => score >= thresholds[index] !== isPresent)
        .slice(0, MOST_MISTAKES)
        .map(({ image, index, score }) => ({
          name: heldOut.images[image].name,
          label: kept.labels.names[index],
          score,
          present: isPresent,
        }));
    return {
      model: kept,
      result: {
        mAP: evaluation.mAPOccurring,
        continued,
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
    throw new UsageError('usage/own-backbone', 'The backbone of this model does not work in a page.', {
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

/** Milliseconds after which messages are looked at: nothing else in training waits for more than a promise. */
const PATIENCE = 50;

/** Reads features that are in memory. Now and then it lets the worker take a message, as that to stop. */
function readerOf(features: ReadonlyMap<string, Float32Array>): FeatureReader {
  let looked = performance.now();
  return {
    async read(key, into, offset) {
      into.set(features.get(key)!, offset);
      if (performance.now() - looked < PATIENCE) return;
      looked = performance.now();
      await new Promise((next) => setTimeout(next));
    },
    close: async () => undefined,
  };
}
