import { tensor4d, zeros, type Tensor4D } from '@tensorflow/tfjs-core';
import { describeEngine, kernelBuild, useEngine } from '@polytag/engine';
import type { MultiLabelModel } from '@polytag/model';
import type { EngineFacts } from './protocol.ts';

const wasmPath = new URL(/* @vite-ignore */ './wasm/', new URL('../', self.location.href)).href;

/** Starts the engine that every machine has. */
export async function startWasm(): Promise<void> {
  await useEngine('wasm', { wasmPath });
}

async function startWebgpu(): Promise<void> {
  await import('@tensorflow/tfjs-backend-webgpu');
  await useEngine('webgpu');
}

interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly isFallbackAdapter?: boolean };
}

/** Why WebGPU is not tried here; undefined where it is. */
async function webgpuMissing(): Promise<string | undefined> {
  const { gpu } = navigator as Navigator & { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  if (!gpu) return 'this browser does not support it';
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return 'there is no usable graphics processor';
  return (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter)
    ? 'it would run in software'
    : undefined;
}

const ROUNDS = 3;

/** Milliseconds for an image, the best of some rounds after one that compiles. */
async function measure(model: MultiLabelModel): Promise<number> {
  const { height, width } = model.preprocessing;
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const images: Tensor4D = zeros([1, height, width, 3]);
    const start = performance.now();
    const outputs = model.predictBatch(images);
    await outputs.data();
    if (round > 0) best = Math.min(best, performance.now() - start);
    outputs.dispose();
    images.dispose();
  }
  return best;
}

/**
 * Opens a model on the engine that is faster with it: WebAssembly, or WebGPU where there is a graphics processor. Both are
 * measured.
 */
export async function openOnFastest(
  open: () => Promise<MultiLabelModel>,
): Promise<{ readonly model: MultiLabelModel; readonly engine: EngineFacts }> {
  await startWasm();
  const onWasm = await open();
  const measured: Record<string, number> = { wasm: await measure(onWasm) };
  const wasmTitle = `WebAssembly (${kernelBuild()} SIMD)`;
  let withoutWebgpu = await webgpuMissing();
  if (!withoutWebgpu) {
    onWasm.dispose();
    try {
      await startWebgpu();
      const model = await open();
      measured['webgpu'] = await measure(model);
      if (measured['webgpu'] < measured['wasm'])
        return { model, engine: { name: 'webgpu', title: describeEngine(), measured } };
      model.dispose();
    } catch (error) {
      withoutWebgpu = error instanceof Error ? error.message : String(error);
    }
    await startWasm();
    return { model: await open(), engine: { name: 'wasm', title: wasmTitle, measured, withoutWebgpu } };
  }
  return { model: onWasm, engine: { name: 'wasm', title: wasmTitle, measured, withoutWebgpu } };
}

/** Images of one batch, as a tensor that the caller disposes. */
export const batchTensor = (images: Float32Array, count: number, height: number, width: number): Tensor4D =>
  tensor4d(images, [count, height, width, 3]);
