import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '@polytag/core';
import { engineMemory } from '@polytag/engine';
import type { MultiLabelModel } from '@polytag/model';
import { fit, type FitOptions } from '@polytag/training';
import { loopSettings, type RunConfig } from '../config/run-config.js';
import type { RunContext } from '../run/run-context.js';
import { generatedBatches, type MeasuredSource } from './generated-batches.js';
import type { DataFacts } from './image-counts.js';
import type { MeasuredCosts } from './projection.js';

/** What training generated batches has shown. */
export interface Rehearsal extends MeasuredCosts {
  readonly replicas: number;
  readonly microBatch: number;
  /** Images that a step was measured on. */
  readonly measuredImages: number;
  readonly checkpointBytes: number;
  /** Size that the heap of the first replica has grown to; 0 on engines without one. */
  readonly heapBytes: number;
  /** The most memory that the process had in use. */
  readonly processBytes: number;
}

/** Noise has nothing to teach: the weights hardly move. */
const LEARNING_RATE = 1e-7;

/** Trains one epoch of two generated batches in a temporary folder, evaluates and saves; nothing stays. */
export async function rehearse(
  config: RunConfig,
  { labels, counts }: DataFacts,
  parts: Pick<FitOptions, 'model' | 'auxiliary' | 'loss' | 'replica'>,
  { signal, progress }: RunContext,
): Promise<Rehearsal> {
  const { training, data, seed } = config;
  let [replicas, microBatch] = [1, 1];
  const shape = {
    labels,
    ...inputOf(config, parts.model),
    // Two parts a replica: what they cost tells what more of them do.
    atMost: () => 2 * replicas * microBatch,
  };
  const batchSize = (images: number) => Math.min(training.batchSize, images);
  const train = generatedBatches({ ...shape, batchSize: batchSize(counts.train) });
  const validation =
    data.val === null
      ? undefined
      : generatedBatches({ ...shape, batchSize: batchSize(counts.validation ?? training.batchSize) });
  const parent = await mkdtemp(join(tmpdir(), 'polytag-dry-run-'));
  try {
    let [before, checkpoint, checkpointBytes] = [0, 0, Promise.resolve(0)];
    await fit({
      ...parts,
      train,
      validation,
      seed,
      signal,
      folder: join(parent, 'run'),
      settings: {
        ...loopSettings(training),
        machines: false,
        epochs: 1,
        learningRate: LEARNING_RATE,
        freezeEpochs: 0,
        evaluateEvery: 1,
        checkpointEvery: 0,
        keepEvery: 0,
      },
      report: (event) => {
        if (event.kind === 'started') ({ replicas, microBatch } = event);
        else if (event.kind === 'checkpoint') {
          checkpoint = (performance.now() - before) / 1000;
          checkpointBytes = folderBytes(event.folder);
        } else if (event.kind === 'step') {
          progress.update({ label: 'dry run: step', done: event.step, total: event.totalSteps });
        }
        before = performance.now();
      },
    });
    const weightSets = training.ema ? 2 : 1;
    const [warm, ...auxiliary] = passes(validation).slice(weightSets - 1);
    return {
      replicas,
      microBatch,
      checkpoint,
      checkpointBytes: await checkpointBytes,
      measuredImages: train.uses[1].images,
      trainImage: secondsAnImage(train, 1),
      evaluateImage: warm,
      evaluateAuxiliary: auxiliary,
      heapBytes: engineMemory().heapBytes,
      processBytes: process.resourceUsage().maxRSS * 1024,
    };
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw new InterruptedError('training/interrupted', 'The dry run was stopped. It wrote no files.');
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** What a batch holds: images, or the feature maps that are cached of them. */
export function inputOf({ data, training }: RunConfig, model: MultiLabelModel) {
  if (!training.features) return { kind: 'images', shape: [data.height, data.width, 3] } as const;
  const [, height, width, channels] = model.headInputs.outputs[0].shape as number[];
  const shape = model.readsMean ? [1, 1, channels] : [height, width, channels];
  return { kind: 'feature-maps', shape } as const;
}

const secondsAnImage = ({ uses }: MeasuredSource, index: number): number =>
  uses[index].seconds / uses[index].images;

/** Seconds an image of each time that a source was gone through. */
function passes(source: MeasuredSource | undefined): number[] {
  if (!source) return [];
  const { uses, batchesPerEpoch } = source;
  const last = batchesPerEpoch - 1;
  return Array.from({ length: uses.length / batchesPerEpoch }, (_, pass) =>
    secondsAnImage(source, pass * batchesPerEpoch + last),
  );
}

async function folderBytes(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
