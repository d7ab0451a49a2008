import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream, type LabelGraph, type LabelVocabulary, type OutputSpace } from '@polytag/core';
import { exportOnnx, exportTfjs, withSession } from '@polytag/export';
import { buildModel, loadModel, saveModel, type MultiLabelModel } from '@polytag/model';
import { onnxImages, readOnnxFile, type InstalledRuntime } from '@polytag/onnx-runtime';
import { add, io, mul, tensor4d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';

/** Images that are resized and normalised. */
export interface ImageBatch {
  readonly inputs: Float32Array;
  /** [B, height, width, 3] */
  readonly shape: readonly [number, number, number, number];
}

/** A network that is exported: random weights, of which none has its initial value. */
export interface AgreementCase {
  readonly backbone: string;
  readonly head: string;
  readonly space: OutputSpace;
}

/** The largest difference of an output from the model's, as a share of the model's largest output. */
export interface Agreement {
  readonly safetensors: number;
  readonly tfjs: number;
  /** By the name of the runtime. */
  readonly onnx: Readonly<Record<string, number>>;
  /** Batches that the ONNX file takes: some networks are written for one size. */
  readonly onnxBatches: number;
}

/** Saves a model in each format and compares what is read back with it, on all batches. */
export async function formatsAgree(
  { backbone, head, space }: AgreementCase,
  labels: LabelVocabulary,
  batches: (model: MultiLabelModel) => Promise<readonly ImageBatch[]>,
  runtimes: readonly InstalledRuntime[],
): Promise<Agreement> {
  const model = await buildModel(
    { backbone: { name: backbone }, head: { name: head, options: { space } } },
    { labels, height: 84, width: 112, labelGraph: labelGraph(labels.size) },
  );
  const folder = await mkdtemp(join(tmpdir(), 'polytag-agreement-'));
  try {
    for (const { variable, trainable } of model.parameters)
      tidy(() => void variable.write(add(mul(variable.read(), 0.9), trainable ? 0.001 : 0.05)));
    const given = (await batches(model)).map((batch) => ({
      batch,
      expected: outputsOf(model.network, batch),
    }));
    const worst = async (
      outputs: (batch: ImageBatch) => ArrayLike<number> | Promise<ArrayLike<number>>,
      compared = given,
    ) => {
      let most = 0;
      for (const { batch, expected } of compared)
        most = Math.max(most, difference(await outputs(batch), expected));
      return most;
    };

    await saveModel(model, join(folder, 'model'));
    const saved = await loadModel(join(folder, 'model'));
    const safetensors = await worst((batch) => outputsOf(saved.network, batch));
    saved.dispose();

    await exportTfjs(model, join(folder, 'tfjs'));
    const page = await loadTfjs(join(folder, 'tfjs'));
    const tfjs = await worst((batch) => outputsOf(page, batch));
    page.dispose();

    await exportOnnx(model, join(folder, 'onnx'), { outputs: ['scores'] });
    const bytes = await readFile(join(folder, 'onnx', 'model.onnx'));
    const [{ shape }] = readOnnxFile(bytes, 'the file').inputs;
    const taken = given.filter(({ batch }) =>
      batch.shape.every((size, axis) => typeof shape![axis] === 'string' || shape![axis] === size),
    );
    const { normalisation } = model.preprocessing;
    const onnx: Record<string, number> = {};
    for (const { name, runtime } of runtimes)
      onnx[name] = await withSession(bytes, runtime, (run) =>
        worst(async (batch) => (await run(onnxImages(batch, 'pixels', normalisation)))['scores'], taken),
      );
    return { safetensors, tfjs, onnx, onnxBatches: taken.length };
  } finally {
    model.dispose();
    await rm(folder, { recursive: true });
  }
}

interface Applied {
  apply(x: unknown, options?: object): unknown;
}

const outputsOf = (network: Applied, { inputs, shape }: ImageBatch): Float32Array =>
  tidy(() => {
    const outputs = network.apply(tensor4d(inputs, [...shape]), { training: false }) as Tensor2D;
    return Float32Array.from(outputs.dataSync());
  });

function difference(outputs: ArrayLike<number>, expected: Float32Array): number {
  let [gap, largest] = [0, 0];
  expected.forEach((value, i) => {
    gap = Math.max(gap, Math.abs(outputs[i] - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return gap / largest;
}

async function loadTfjs(folder: string) {
  const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  const [{ paths, weights: weightSpecs }] = weightsManifest as {
    paths: string[];
    weights: io.WeightsManifestEntry[];
  }[];
  const parts = await Promise.all(paths.map((name) => readFile(join(folder, name))));
  const weightData = Uint8Array.from(Buffer.concat(parts)).buffer;
  return loadLayersModel(io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

function labelGraph(labels: number): LabelGraph {
  const random = new RandomStream(0, 'label graph');
  const matrix = (columns: number) => ({
    rows: labels,
    columns,
    values: Float32Array.from({ length: labels * columns }, () => random.uniform()),
  });
  return { cooccurrence: matrix(labels), wordVectors: matrix(8) };
}
