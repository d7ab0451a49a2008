import { env, findBackendFactory } from '@tensorflow/tfjs-core';
import { EngineError, reasonOf } from '@polytag/core';
import { platform } from '#platform';

/**
 * Makes WebGPU and its tfjs backend ready to be set.
 * @throws EngineError `engine/missing` when WebGPU, an adapter or the backend's package is not there, `engine/not-ready`
 * when the package was loaded too early
 */
export async function prepareWebgpu(): Promise<void> {
  const gpu = await platform.gpu();
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new EngineError(
      'engine/missing',
      'WebGPU found no adapter: no graphics card with a driver for it',
      {
        hint: platform.noAdapterHint,
      },
    );
  }
  if (!findBackendFactory('webgpu')) await loadBackend();
  // The backend splits the sum of a product whose result is small and whose inner dimension is 2000 or more. That
  // program is wrong where b is transposed, and adds in no fixed order. Below this threshold it is never chosen.
  env().set('WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL', 0.25);
}

async function loadBackend(): Promise<void> {
  try {
    // It registers itself, provided that navigator.gpu is there when it is loaded.
    await import('@tensorflow/tfjs-backend-webgpu');
  } catch (cause) {
    throw new EngineError(
      'engine/missing',
      `the package @tensorflow/tfjs-backend-webgpu cannot be loaded: ${reasonOf(cause)}`,
      {
        hint: 'npm i @tensorflow/tfjs-backend-webgpu@4.22.0',
        cause,
      },
    );
  }
  if (!findBackendFactory('webgpu')) {
    throw new EngineError('engine/not-ready', 'tfjs-backend-webgpu was loaded before WebGPU was available', {
      hint: "let useEngine('webgpu') import it",
    });
  }
}
