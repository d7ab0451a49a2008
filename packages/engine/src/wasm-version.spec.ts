import { jest } from '@jest/globals';

// Another version cannot be installed beside the one that is: this is what one would say of itself.
jest.unstable_mockModule('@tensorflow/tfjs-backend-wasm', () => ({ version_wasm: '4.20.0' }));
const { useEngine } = await import('./use-engine.js');

it('refuses a wasm backend of another version than the kernels were made for, and says which to install', async () => {
  await expect(useEngine('wasm')).rejects.toMatchObject({
    code: 'engine/missing',
    exitCode: 5,
    message: expect.stringContaining(
      'tfjs-backend-wasm is 4.20.0; the training kernels of the wasm engine need 4.22.0',
    ),
    hint: expect.stringContaining('npm i @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0'),
  });
});
