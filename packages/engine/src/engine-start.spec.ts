import { jest } from '@jest/globals';
import { registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { useEngine } from './use-engine.js';

// tfjs writes the same to the console.
beforeAll(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));

it.each([
  ['at once', () => { throw new Error('no graphics card'); }], // prettier-ignore
  ['later', () => Promise.reject(new Error('no graphics card'))],
])('says why a backend that fails %s did not start', async (_, factory) => {
  await useEngine('cpu');
  registerBackend('webgl', factory);
  await expect(useEngine('webgl')).rejects.toMatchObject({
    code: 'engine/not-ready',
    exitCode: 5,
    cause: expect.anything(),
    message: expect.stringContaining('the TensorFlow.js backend "webgl" did not start: no graphics card'),
  });
  removeBackend('webgl');
});

it('says which file of the wasm backend is not there', async () => {
  await expect(useEngine('wasm', { wasmPath: '/no/such/folder/' })).rejects.toMatchObject({
    code: 'engine/not-ready',
    exitCode: 5,
    message: expect.stringMatching(/^the TensorFlow.js backend "wasm" did not start: .*\.wasm/),
    hint: expect.stringContaining('wasmPath'),
  });
});
