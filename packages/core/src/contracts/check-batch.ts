import { counted } from '../text/counted.js';
import { PartError } from '../errors/errors.js';
import { faultOf } from '../parts/in-part.js';
import type { Batch, BatchSource } from './batch.js';

/** Role of a batch source in a run. */
export type SourceRole = 'training' | 'evaluation';

/** Of float32: mixed targets are sums. */
const ROUNDING = 1e-5;

const HINT = 'See BatchSource in @polytag/core.';
const fault = (message: string): PartError => new PartError('part/batch', message, { hint: HINT });

const builtIn = new WeakSet<BatchSource>();

/** Marks a source of Polytag's: what it throws is no fault of the user's code. */
export function builtInSource<Source extends BatchSource>(source: Source): Source {
  builtIn.add(source);
  return source;
}

/**
 * Checks a batch source before it is read. One error reports every violation.
 *
 * @throws PartError `part/contract`
 */
export function checkSource(source: BatchSource, role: SourceRole): void {
  const { labels, kind, size, batchesPerEpoch, epoch } = (source ?? {}) as Partial<BatchSource>;
  const count = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
  const faults = [
    !Array.isArray(labels?.names) && '"labels" is not a LabelVocabulary',
    kind !== 'images' && kind !== 'feature-maps' && `"kind" is ${kind}; expected "images" or "feature-maps"`,
    !count(size) && `"size" is ${size}; expected a number of images`,
    !count(batchesPerEpoch) && `"batchesPerEpoch" is ${batchesPerEpoch}; expected a number of batches`,
    typeof epoch !== 'function' && '"epoch" is not a function',
  ].filter(Boolean);
  if (faults.length === 0) return;
  throw new PartError(
    'part/contract',
    `The ${role} batch source breaks its contract: ${faults.join('; ')}.`,
    {
      hint: HINT,
    },
  );
}

/**
 * The batches of an epoch, each checked against the contract, and as many as promised. A validation source need not
 * promise a number, but must have at least one batch, and no more images than its `size`.
 *
 * @param imageShape [height, width, channels] that the network takes. Default: any
 * @throws PartError `part/batch`, `part/threw`
 */
export async function* checkedBatches(
  source: BatchSource,
  {
    role,
    epoch,
    fromBatch = 0,
    imageShape,
  }: { role: SourceRole; epoch: number; fromBatch?: number; imageShape?: readonly (number | null)[] },
): AsyncGenerator<Batch> {
  let next = fromBatch;
  let images = 0;
  const which = () => `batch ${next + 1} of epoch ${epoch + 1} of the ${role} batch source`;
  for await (const batch of given(source, role, epoch, fromBatch)) {
    if (role === 'training' && next >= source.batchesPerEpoch)
      throw fault(`Unexpected ${which()}: its batchesPerEpoch is ${source.batchesPerEpoch}.`);
    checkBatch(batch, { labels: source.labels.size, imageShape, which: which() });
    images += batch.shape[0];
    if (role === 'evaluation' && images > source.size)
      throw fault(`Unexpected ${which()}: the source has ${source.size} images (size), and gives more.`);
    next++;
    yield batch;
  }
  const promised = role === 'training' ? source.batchesPerEpoch : Math.min(1, source.size);
  if (next >= promised) return;
  throw fault(
    `The ${role} batch source returned ${next - fromBatch === 0 ? 'no batches' : counted(next - fromBatch, 'batch', 'batches')} in epoch ${epoch + 1}` +
      (role === 'training'
        ? ` from batch ${fromBatch + 1} on; expected ${promised} (batchesPerEpoch).`
        : '.'),
  );
}

/** The batches as the source gives them; what it throws is the fault of a source of the user's own. */
async function* given(
  source: BatchSource,
  role: SourceRole,
  epoch: number,
  fromBatch: number,
): AsyncGenerator<Batch> {
  try {
    yield* source.epoch(epoch, { fromBatch });
  } catch (cause) {
    // The system's own refusals, as of a file, are told as such.
    const isOfSystem = typeof (cause as { readonly syscall?: unknown } | undefined)?.syscall === 'string';
    if (builtIn.has(source) || isOfSystem) throw cause;
    throw faultOf(`${role} batch source`, 'epoch', cause);
  }
}

interface Expected {
  readonly labels: number;
  readonly imageShape?: readonly (number | null)[];
  readonly which: string;
}

function checkBatch(batch: Batch, { labels, imageShape, which }: Expected): void {
  const { inputs, targets, shape } = (batch ?? {}) as Partial<Batch>;
  if (shape?.length !== 4 || !shape.every((length) => Number.isInteger(length) && length > 0)) {
    const given = Array.isArray(shape) ? `[${shape.join(', ')}]` : kindOf(shape);
    throw fault(
      `The ${which}: "shape" is ${given}; expected [images, height, width, channels] in whole numbers above 0.`,
    );
  }
  const [size, height, width, channels] = shape;
  const isOther = (length: number, i: number) => imageShape?.[i] != null && imageShape[i] !== length;
  if (imageShape && [height, width, channels].some(isOther)) {
    const wanted = ['images', ...imageShape.map((length) => length ?? 'any')].join(', ');
    throw fault(`The ${which}: "shape" is [${shape.join(', ')}]; the network takes [${wanted}].`);
  }
  const expected = { inputs: size * height * width * channels, targets: size * labels };
  for (const [key, values] of [
    ['inputs', inputs],
    ['targets', targets],
  ] as const) {
    // prettier-ignore
    // Not `instanceof`: an array may come from another realm.
    if (Object.prototype.toString.call(values) !== '[object Float32Array]')
      throw fault(`The ${which}: "${key}" is ${kindOf(values)}; expected a Float32Array.`);
    if (values!.length !== expected[key])
      throw fault(`The ${which}: "${key}" has ${values!.length} values; expected ${expected[key]}.`);
  }
  // A loss may leave out what is not 0 or more; pixels, which are many, show in the loss and are looked at then.
  const at = targets!.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw fault(`The ${which}: value ${at + 1} of "targets" is ${targets![at]}.`);
  const above = targets!.findIndex((value) => value > 1 + ROUNDING);
  if (above >= 0)
    throw fault(
      `The ${which}: value ${above + 1} of "targets" is ${targets![above]}; expected 0 to 1, or below 0 for unknown.`,
    );
}

/**
 * Reports whether the inputs or targets of a batch hold NaN or infinity. Then the data is at fault, not the learning
 * rate.
 */
export function notFiniteIn({ inputs, targets }: Batch): string | undefined {
  for (const [key, values] of [
    ['inputs', inputs],
    ['targets', targets],
  ] as const) {
    // prettier-ignore
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return `value ${at + 1} of "${key}" is ${values[at]}`;
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'missing';
  if (typeof value !== 'object') return `a ${typeof value}`;
  return 'dataId' in value ? 'a tensor' : `a value of type ${value.constructor?.name ?? 'Object'}`;
}
