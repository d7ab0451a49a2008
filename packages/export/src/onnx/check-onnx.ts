import { tensor4d, tidy, transpose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { CheckpointError, RandomStream, type Preprocessing } from '@polytag/core';
import { NetworkPart } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';
import {
  onnxImages,
  openSession,
  type OnnxInput,
  type OnnxRuntime,
  type OnnxTensor,
} from '@polytag/onnx-runtime';

/** Differences between the file and the model on the images of the check. */
export interface CheckedOnnx {
  /** Largest difference of a probability. */
  readonly probabilities: number;
  /** Largest difference of a raw output, relative to the largest output. */
  readonly scores: number;
  /** Largest difference in a heat map, relative to the largest value, if the file has heat maps. */
  readonly heatmap?: number;
}

/** Images that are compared. */
export const CHECKED_IMAGES = 3;
/** What float32 may differ by, of either. */
export const TOLERANCE = 1e-4;
/** The same of an encoder that rounds what it computes, to 11 bits or to 8: where it rounds depends on the graph around it. */
export const ROUNDED_TOLERANCE = 1e-2;

/**
 * Runs an ONNX file on images of random blocks and compares it with the model.
 *
 * @param bytes of the file, which has the outputs `probabilities` and `scores`, and perhaps `heatmap`
 * @param options.tolerance more is an error; where weights are rounded, `Infinity`: it is told
 * @throws CheckpointError `checkpoint/onnx`
 */
export async function checkOnnx(
  bytes: Uint8Array,
  model: MultiLabelModel,
  { input, tolerance }: { readonly input: OnnxInput; readonly tolerance: number },
  runtime: OnnxRuntime,
): Promise<CheckedOnnx> {
  const batch = checkImages(model.preprocessing);
  const values = (compute: (images: Tensor4D) => Tensor) =>
    tidy(() => compute(tensor4d(batch.inputs, batch.shape)).dataSync() as Float32Array);
  const outputs = values((images) => model.predictBatch(images));
  const given = onnxImages(batch, input, model.preprocessing.normalisation);
  const found = await withSession(bytes, runtime, (run) => run(given));
  const difference: CheckedOnnx = {
    probabilities: largestGap(model.scores(outputs), found['probabilities']),
    scores: shareOf(outputs, found['scores']),
    ...('heatmap' in found && { heatmap: shareOf(values(heatMapsOf(model)), found['heatmap']) }),
  };
  const worst = Math.max(...Object.values(difference));
  if (!(worst <= tolerance) && tolerance !== Infinity) {
    throw new CheckpointError(
      'checkpoint/onnx',
      `The outputs of the ONNX file differ from those of the model: by ${difference.scores.toPrecision(3)} of the largest output, by ${difference.probabilities.toPrecision(3)} in probability${difference.heatmap === undefined ? '' : `, heat maps by ${difference.heatmap.toPrecision(3)} of the largest value`}.`,
      { hint: 'Nothing was written. The toOnnx of one of its layers is wrong.' },
    );
  }
  return difference;
}

/** The largest difference as a share of the largest value; 0 where all values are 0 in both. */
export function shareOf(values: Float32Array, others: Float32Array): number {
  const gap = largestGap(values, others);
  return gap === 0 ? 0 : gap / largest(values);
}

/** The heat maps of images, channels first. */
const heatMapsOf = ({ network, heatMaps }: MultiLabelModel) => {
  const maps = new NetworkPart({ inputs: network.inputs, outputs: [heatMaps!.maps] });
  return (images: Tensor4D) => transpose(maps.apply(images) as Tensor4D, [0, 3, 1, 2]);
};

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const largestGap = (values: ArrayLike<number>, others: ArrayLike<number>): number =>
  largest(Array.from(values, (value, i) => value - others[i]));

/** Runs a file on images and returns all outputs by name. */
export type RunOnnx = (images: OnnxTensor) => Promise<Record<string, Float32Array>>;

/**
 * Opens an ONNX file in memory, and frees it after use.
 *
 * @throws CheckpointError `checkpoint/onnx` if the runtime rejects the file or fails
 */
export async function withSession<Result>(
  bytes: Uint8Array,
  runtime: OnnxRuntime,
  use: (run: RunOnnx) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(bytes, { runtime, name: 'the file' }).catch(refuse);
  const [{ name }] = session.file.inputs;
  try {
    return await use(async (images) => {
      const found = await session.run({ [name]: images }).catch(refuse);
      return Object.fromEntries(
        Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]),
      );
    });
  } finally {
    await session.close();
  }
}

function refuse(cause: unknown): never {
  throw new CheckpointError('checkpoint/onnx', (cause as Error).message, {
    hint: 'Nothing was written. The toOnnx of one of its layers is wrong, or the runtime does not support opset 17.',
    cause,
  });
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

/** Images that a file is checked on, as the network is given them. */
export function checkImages({ height, width, normalisation }: Preprocessing): {
  readonly inputs: Float32Array;
  readonly shape: [number, number, number, number];
} {
  const { mean, std } = normalisation;
  const pixels = blocks(CHECKED_IMAGES, height, width);
  const inputs = Float32Array.from(pixels, (value, i) => (value / 255 - mean[i % 3]) / std[i % 3]);
  return { inputs, shape: [CHECKED_IMAGES, height, width, 3] };
}
