import {
  CheckpointError,
  EngineError,
  PolytagError,
  printable,
  UsageError,
  type ImageSize,
} from '@polytag/core';
import { halfToNumber, numberToHalf } from '@polytag/checkpoints';
import { readOnnxFile, type OnnxData } from '@polytag/onnx-runtime';
import { encoderPorts, type EncoderPorts } from './encoder-file.js';
import { arrangement, type FeatureArrangement, type LayoutOptions } from './feature-layout.js';
import { holdSession, type HeldSession } from './shared-sessions.js';

export interface EncoderOptions extends LayoutOptions {
  /** The output that has the features. Default: the only one. */
  readonly output?: string;
}

/** A network in an ONNX file that makes features of images, for inference alone. */
export class Encoder {
  readonly ports: EncoderPorts;
  readonly #options: EncoderOptions;
  #held?: HeldSession;

  /**
   * @param sha256 of the file
   * @param source how errors name the file
   * @throws CheckpointError `checkpoint/onnx`, `checkpoint/onnx-opset`, `checkpoint/onnx-external`, `checkpoint/onnx-input`; UsageError `usage/onnx-output`
   */
  constructor(
    readonly file: Uint8Array,
    readonly sha256: string,
    readonly source: string,
    options: EncoderOptions,
  ) {
    const contents = readOnnxFile(file, source);
    const [weights] = contents.externalFiles;
    if (weights !== undefined) {
      throw new CheckpointError(
        'checkpoint/onnx-external',
        `${source} has weights in another file, "${printable(weights, 200)}": a backbone has to be one file.`,
        {
          hint: 'Save it with its weights inside, in Python: onnx.save_model(onnx.load("encoder.onnx"), "whole.onnx").',
        },
      );
    }
    this.ports = encoderPorts(contents, options.output, source);
    this.#options = options;
    const { batch } = this.ports.input;
    if (batch !== undefined && batch !== 1) {
      throw new CheckpointError('checkpoint/onnx-input', `${source} has a fixed batch size of ${batch}.`, {
        hint: 'Export it with a dynamic batch size (in torch.onnx.export: dynamic_axes or dynamic_shapes), or for one image.',
      });
    }
  }

  /** Package and version of the runtime. */
  get runtime(): string {
    return this.#once(({ runtime }) => runtime);
  }

  /**
   * Where the feature map lies in the output for images of a size: the network runs once.
   *
   * @throws UsageError `usage/image-size` when it refuses them; `usage/onnx-layout`
   */
  arrangementFor(size: ImageSize): FeatureArrangement {
    const { input, output } = this.ports;
    const [height, width] = [input.height ?? size.height, input.width ?? size.width];
    if (height !== size.height || width !== size.width)
      throw this.#refuses(size, `it needs ${height} x ${width}`, height, width);
    const images = new Float32Array(height * width * 3);
    let shape: readonly number[];
    try {
      ({ shape } = this.#once((session) => this.#run(session, images, 1, size)));
    } catch (cause) {
      if (!(cause instanceof EngineError) || cause.code !== 'engine/onnx-run') throw cause;
      throw this.#refuses(size, cause.message);
    }
    const image = { height, width, channelAxis: input.channelAxis };
    return arrangement(shape, image, this.#options, `${this.source}: the output "${output.name}"`);
  }

  #refuses({ height, width }: ImageSize, why: string, ...taken: number[]): PolytagError {
    const [rows, columns] = taken;
    return new UsageError(
      'usage/image-size',
      `${this.source} cannot process images of ${height} x ${width} pixels: ${why}.`,
      {
        hint: rows
          ? `Set data.height: ${rows} and data.width: ${columns}.`
          : 'Set data.height and data.width to the size of the export; they are often multiples of a patch size.',
      },
    );
  }

  /**
   * Runs the network. The session stays open until `close`.
   *
   * @param images [B, H, W, 3] or [B, 3, H, W] as its input has it, row-major, normalised
   * @param values how many values there are of each image's features
   * @returns features, row-major, as the output has them
   * @throws EngineError `engine/onnx-run`
   */
  run(images: Float32Array, batch: number, size: ImageSize, values: number): Float32Array {
    this.#held ??= this.#hold();
    const step = this.ports.input.batch ?? batch;
    const image = images.length / batch;
    const features = new Float32Array(batch * values);
    for (let i = 0; i < batch; i += step) {
      const part = images.subarray(i * image, (i + step) * image);
      const { data } = this.#run(this.#held, part, step, size);
      if (data.length !== step * values) {
        throw new EngineError(
          'engine/onnx-run',
          `${this.source} returned ${data.length} values for ${step} images; expected ${step * values}.`,
          { hint: 'Its output must depend on the image size only: export it differently.' },
        );
      }
      features.set(data, i * values);
    }
    return features;
  }

  close(): void {
    this.#held?.giveBack();
    this.#held = undefined;
  }

  #run(
    session: Pick<HeldSession, 'run'>,
    images: Float32Array,
    batch: number,
    { height, width }: ImageSize,
  ): { readonly data: Float32Array; readonly shape: readonly number[] } {
    const { input, output } = this.ports;
    const shape = input.channelAxis === 'first' ? [batch, 3, height, width] : [batch, height, width, 3];
    const tensor = { type: input.type, data: asInput(images, input.type), shape };
    const { data, shape: found } = session.run({ [input.name]: tensor }, output.name);
    return { data: asFloats(data, output.type), shape: found };
  }

  #hold(): HeldSession {
    return holdSession(this.sha256, this.file, this.source);
  }

  #once<Result>(use: (session: HeldSession) => Result): Result {
    const held = this.#hold();
    try {
      return use(held);
    } finally {
      held.giveBack();
    }
  }
}

function asInput(images: Float32Array, type: EncoderPorts['input']['type']): OnnxData {
  if (type === 'float32') return images;
  if (type === 'float16') return Uint16Array.from(images, numberToHalf);
  return Uint8Array.from(images, Math.round);
}

const asFloats = (data: OnnxData, type: EncoderPorts['output']['type']): Float32Array =>
  // Arrays of another thread's realm become this one's.
  type === 'float32'
    ? new Float32Array(data as Float32Array)
    : Float32Array.from(data as Uint16Array, halfToNumber);
