import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { join } from 'node:path';
import {
  labelsMetadata,
  locateFolder,
  parseSafetensors,
  readFolder,
  serialiseSafetensors,
  writeFolder,
  type TensorToStore,
} from '@polytag/checkpoints';
import { CheckpointError } from '@polytag/core';
import { assignParameters, exportParameters, type Parameter } from '@polytag/layers';
import type { WeightEma } from '../optimisers/weight-ema.js';
import type { BoundOptimiser } from '../optimisers/optimiser.js';
import type { RunIdentity } from './identity.js';
import type { Progress } from './progress.js';

/** Where a run folder keeps its latest checkpoint. */
export const lastCheckpoint = (folder: string): string => join(folder, 'checkpoints', 'last');

/** Where it keeps the one after an epoch (counted from 1) that is to stay. */
export const epochCheckpoint = (folder: string, epoch: number): string =>
  join(folder, 'checkpoints', `epoch-${String(epoch).padStart(4, '0')}`);

/** What changes of a model from step to step. */
export interface ModelState {
  readonly parameters: readonly Parameter[];
  readonly optimiser: BoundOptimiser;
}

/** Everything of a run that changes from step to step. */
export interface RunState extends ModelState {
  /** The averaged weights. Absent without EMA. */
  readonly ema?: WeightEma;
  /** Models that learn with the main one. */
  readonly auxiliary?: readonly ModelState[];
}

interface StateFile {
  readonly version: 2;
  readonly identity: RunIdentity;
  readonly progress: Progress;
  readonly optimiserSteps: Readonly<Record<string, number>>;
  /** Of auxiliary models. */
  readonly auxiliarySteps?: readonly Readonly<Record<string, number>>[];
}

/** Names of a model's files in a checkpoint: 0 is the main one. */
const filesOf = (index: number) => {
  const prefix = index === 0 ? '' : `auxiliary-${index}-`;
  return { weights: `${prefix}weights.safetensors`, optimiser: `${prefix}optimiser.safetensors` };
};

/** A checkpoint on disk: its `state.json`. Weights and optimiser stay in their files until they are restored. */
export interface Checkpoint extends StateFile {
  /** Where it is. */
  readonly folder: string;
}

/**
 * Writes a checkpoint to a folder of its own: `weights.safetensors` and `ema.safetensors` (PyTorch names and order),
 * `optimiser.safetensors`, and `state.json`. The files of auxiliary models have `auxiliary-1-` and so on in front. The
 * folder is written aside, with checksums, and then renamed over the one before.
 */
export async function saveCheckpoint(
  folder: string,
  { ema, auxiliary = [], ...main }: RunState,
  identity: RunIdentity,
  progress: Progress,
): Promise<void> {
  const { labels } = identity;
  // As in a model folder, a file of weights says what its rows mean.
  const metadata = Array.isArray(labels) ? labelsMetadata(labels as string[]) : undefined;
  const files: Record<string, Uint8Array> = {};
  const steps: Readonly<Record<string, number>>[] = [];
  for (const [i, { parameters, optimiser }] of [main, ...auxiliary].entries()) {
    const { weights, optimiser: moments } = filesOf(i);
    const snapshot = optimiser.snapshot();
    files[weights] = await weightsFile(parameters, metadata);
    files[moments] = serialiseSafetensors(await tensorsToStore(snapshot.tensors));
    steps.push(snapshot.steps);
  }
  const state: StateFile = {
    version: 2,
    identity,
    progress,
    optimiserSteps: steps[0],
    ...(auxiliary.length > 0 && { auxiliarySteps: steps.slice(1) }),
  };
  await writeFolder(folder, {
    ...files,
    ...(ema && {
      'ema.safetensors': await ema.inModel(() => weightsFile(main.parameters, metadata)),
    }),
    'state.json': `${JSON.stringify(state, null, 2)}\n`,
  });
}

/**
 * Reads what a run's latest checkpoint says of the run: its identity and its progress.
 *
 * @returns undefined when the run has no checkpoint yet
 * @throws CheckpointError `checkpoint/version`, and those of `readFolder` when it is damaged
 */
export async function readCheckpoint(runFolder: string): Promise<Checkpoint | undefined> {
  const folder = lastCheckpoint(runFolder);
  if ((await locateFolder(folder)) === undefined) return undefined;
  const text = (await readFolder(folder, { only: ['state.json'] })).get('state.json');
  const state = text && stateOf(text);
  if (state?.version !== 2) {
    throw new CheckpointError(
      'checkpoint/version',
      `${folder} is not a training checkpoint of this version of Polytag.`,
    );
  }
  return { ...state, folder };
}

/** Undefined when it is no JSON: its checksum is right, so another program wrote it. */
function stateOf(text: Uint8Array): StateFile | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text)) as StateFile;
  } catch {
    return undefined;
  }
}

/**
 * Puts a checkpoint's tensors where training left them.
 *
 * @throws CheckpointError `checkpoint/resume-mismatch` when they do not fit the model or optimiser, and those of
 *   `readFolder` when a file is damaged
 */
export async function restoreCheckpoint(
  { folder, optimiserSteps, auxiliarySteps = [] }: Checkpoint,
  { ema, auxiliary = [], ...main }: RunState,
): Promise<void> {
  const files = await readFolder(folder);
  const steps = [optimiserSteps, ...auxiliarySteps];
  for (const [i, { parameters, optimiser }] of [main, ...auxiliary].entries()) {
    const { weights, optimiser: moments } = filesOf(i);
    assign(files, weights, parameters);
    const tensors = new Map<string, Tensor>();
    for (const [name, { shape, data }] of tensorsIn(files, moments)) {
      tensors.set(name, tensor(data as Float32Array, shape, 'float32'));
    }
    try {
      optimiser.restore({ steps: steps[i], tensors });
    } finally {
      for (const stored of tensors.values()) stored.dispose();
    }
  }
  if (ema) await ema.inModel(async () => assign(files, 'ema.safetensors', main.parameters));
}

/**
 * Loads only the main model's weights from a checkpoint.
 *
 * @throws CheckpointError `checkpoint/resume-mismatch`, and those of `readFolder` if the file is damaged
 */
export async function loadCheckpointWeights(
  { parameters }: { readonly parameters: readonly Parameter[] },
  { folder }: Checkpoint,
): Promise<void> {
  const { weights } = filesOf(0);
  assign(await readFolder(folder, { only: [weights] }), weights, parameters);
}

type Files = ReadonlyMap<string, Uint8Array>;

function tensorsIn(files: Files, name: string) {
  const bytes = files.get(name);
  if (!bytes) throw new CheckpointError('checkpoint/resume-mismatch', `The checkpoint has no ${name}.`);
  return parseSafetensors(bytes, { source: name }).tensors;
}

function assign(files: Files, name: string, parameters: readonly Parameter[]): void {
  const stored = tensorsIn(files, name);
  const report = assignParameters(
    parameters,
    (key) => stored.get(key) as { shape: number[]; data: Float32Array } | undefined,
  );
  const wrong = [...report.missing, ...report.mismatched.map(({ key }) => key)];
  if (wrong.length > 0) {
    throw new CheckpointError(
      'checkpoint/resume-mismatch',
      `The checkpoint's ${name} does not match the model at "${wrong[0]}".`,
      {
        hint: 'Resume with the model of the original run.',
      },
    );
  }
}

async function weightsFile(
  parameters: readonly Parameter[],
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  return serialiseSafetensors((await exportParameters(parameters)) as Map<string, TensorToStore>, metadata);
}

async function tensorsToStore(tensors: ReadonlyMap<string, Tensor>): Promise<Map<string, TensorToStore>> {
  const stored = new Map<string, TensorToStore>();
  for (const [name, values] of tensors) {
    stored.set(name, { shape: values.shape, data: Float32Array.from(await values.data<'float32'>()) });
  }
  return stored;
}
