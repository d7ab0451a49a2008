import { tensor4d, tidy } from '@tensorflow/tfjs-core';
import { CheckpointError, RandomStream } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';
import type { OnnxOptions } from './model-proto.js';

/** As far as it is needed here: `onnxruntime-node` and `onnxruntime-web` are one. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(bytes: Uint8Array): Promise<{
      run(feeds: Record<string, unknown>): Promise<Record<string, { readonly data: unknown }>>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: new (
    type: 'uint8' | 'float32',
    values: Uint8Array | Float32Array,
    shape: readonly number[],
  ) => unknown;
}

/** How far the file is from the model, on the images of the check. */
export interface CheckedOnnx {
  /** The largest difference of a probability. */
  readonly probabilities: number;
  /** The largest difference of a raw output, as a share of the largest output. */
  readonly scores: number;
}

/** Images that are compared. */
const IMAGES = 3;
/** What float32 may differ by, of either. */
const TOLERANCE = 1e-4;

/**
 * Runs an ONNX file on images of random blocks and compares it with the model. With float32 weights a difference is an
 * error; other weights are rounded, and the difference is told.
 *
 * @param bytes of the file, which has the outputs `probabilities` and `scores`
 * @throws CheckpointError `checkpoint/onnx`
 */
export async function checkOnnx(
  bytes: Uint8Array,
  model: MultiLabelModel,
  { input = 'pixels', weights = 'float32' }: OnnxOptions,
  { InferenceSession, Tensor }: OnnxRuntime,
): Promise<CheckedOnnx> {
  const { height, width } = model.preprocessing;
  const pixels = blocks(IMAGES, height, width);
  const normalised = normalise(pixels, model);
  const outputs = tidy(() => {
    const batch = tensor4d(normalised, [IMAGES, height, width, 3]);
    return model.predictBatch(batch).dataSync() as Float32Array;
  });
  const given =
    input === 'normalised'
      ? new Tensor('float32', channelsFirst(normalised, IMAGES), [IMAGES, 3, height, width])
      : new Tensor(
          input === 'pixels' ? 'uint8' : 'float32',
          input === 'pixels' ? pixels : Float32Array.from(pixels),
          [IMAGES, height, width, 3],
        );
  const found = await run(bytes, given, InferenceSession);
  const difference = {
    probabilities: largestGap(model.scores(outputs), found['probabilities'].data as Float32Array),
    scores: largestGap(outputs, found['scores'].data as Float32Array) / largest(outputs),
  };
  const worst = Math.max(difference.probabilities, difference.scores);
  if (!(worst <= TOLERANCE) && weights === 'float32') {
    throw new CheckpointError(
      'checkpoint/onnx',
      `The ONNX file computes something else than the model: outputs differ by ${difference.scores.toPrecision(3)} of the largest, probabilities by ${difference.probabilities.toPrecision(3)}.`,
      { hint: 'Nothing was written. A toOnnx of one of its layers is wrong.' },
    );
  }
  return difference;
}

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const largestGap = (values: ArrayLike<number>, others: ArrayLike<number>): number =>
  largest(Array.from(values, (value, i) => value - others[i]));

async function run(
  bytes: Uint8Array,
  images: unknown,
  sessions: OnnxRuntime['InferenceSession'],
): Promise<Record<string, { readonly data: unknown }>> {
  try {
    const session = await sessions.create(bytes);
    try {
      return await session.run({ images });
    } finally {
      await session.release();
    }
  } catch (cause) {
    throw new CheckpointError(
      'checkpoint/onnx',
      `onnxruntime refuses the file: ${(cause as Error).message}`,
      {
        hint: 'Nothing was written. A toOnnx of one of its layers is wrong, or the runtime is older than opset 17.',
        cause,
      },
    );
  }
}

/** RGB images of 8 x 8 blocks, each of one random colour: edges and plain areas. */
function blocks(images: number, height: number, width: number): Uint8Array {
  const random = new RandomStream(0, 'onnx check');
  const side = 8;
  const colours = Uint8Array.from(
    { length: images * Math.ceil(height / side) * Math.ceil(width / side) * 3 },
    () => random.integer(256),
  );
  const columns = Math.ceil(width / side);
  const rows = Math.ceil(height / side);
  return Uint8Array.from({ length: images * height * width * 3 }, (_, i) => {
    const [image, pixel] = [Math.floor(i / (height * width * 3)), Math.floor(i / 3) % (height * width)];
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    const block = (image * rows + Math.floor(y / side)) * columns + Math.floor(x / side);
    return colours[3 * block + (i % 3)];
  });
}

function normalise(pixels: Uint8Array, { preprocessing }: MultiLabelModel): Float32Array {
  const { mean, std } = preprocessing.normalisation;
  return Float32Array.from(pixels, (value, i) => (value / 255 - mean[i % 3]) / std[i % 3]);
}

function channelsFirst(values: Float32Array, images: number): Float32Array {
  const plane = values.length / images / 3;
  return Float32Array.from(values, (_, i) => {
    const [image, rest] = [Math.floor(i / (3 * plane)), i % (3 * plane)];
    return values[(image * plane + (rest % plane)) * 3 + Math.floor(rest / plane)];
  });
}
