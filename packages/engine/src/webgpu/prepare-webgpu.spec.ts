import { jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '@polytag/core';
import { useEngine } from '../use-engine.js';

const { navigator } = globalThis as { navigator?: object };

/** A navigator with this as its WebGPU, for the time of a test. */
function give(gpu: object | undefined): void {
  Object.defineProperty(globalThis, 'navigator', { value: gpu && { gpu }, configurable: true });
}

beforeEach(() => useEngine('cpu'));
afterEach(() => Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true }));

async function refusal(): Promise<EngineError> {
  const error = await useEngine('webgpu').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(EngineError);
  // Never another engine in its place.
  expect(tf.getBackend()).toBe('cpu');
  return error as EngineError;
}

it('says that there is no adapter', async () => {
  give({ requestAdapter: async () => null });
  const { code, message, hint, exitCode } = await refusal();
  expect([code, exitCode]).toEqual(['engine/missing', 5]);
  expect(message).toContain('no adapter');
  expect(hint).toContain('driver');
});

it('says which package brings WebGPU to Node', async () => {
  give(undefined);
  jest.unstable_mockModule('webgpu', () => {
    throw new Error('Cannot find module');
  });
  const { code, message, hint, cause } = await refusal();
  expect(code).toBe('engine/missing');
  expect(message).toContain('package webgpu');
  expect(hint).toBe('npm i webgpu');
  expect(cause).toBeInstanceOf(Error);
});

it('says which package brings the backend', async () => {
  give({ requestAdapter: async () => ({}) });
  jest.unstable_mockModule('@tensorflow/tfjs-backend-webgpu', () => {
    throw new Error('Cannot find module');
  });
  const { code, hint } = await refusal();
  expect([code, hint]).toEqual(['engine/missing', 'npm i @tensorflow/tfjs-backend-webgpu@4.22.0']);
});
