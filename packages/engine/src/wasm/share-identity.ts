import { getKernel, Identity, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { share } from './host.js';

let replaced = false;

/**
 * tfjs's wasm `Identity` copies the data, and every tensor that the tape saves passes through it. Tensors never change,
 * so the copy shares the buffer instead, as on tfjs's other backends.
 */
export function shareIdentity(): void {
  if (replaced) return;
  const stock = getKernel(Identity, 'wasm');
  unregisterKernel(Identity, 'wasm');
  registerKernel({
    kernelName: Identity,
    backendName: 'wasm',
    kernelFunc: (args) => {
      const x = args.inputs['x'];
      return x && x.dtype !== 'string' ? share(x) : stock.kernelFunc(args);
    },
  });
  replaced = true;
}
