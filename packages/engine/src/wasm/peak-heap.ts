import { backend } from '@tensorflow/tfjs-core';
import { kernelsAttached, releaseScratch, type WasmBackend } from './host.js';

/**
 * The most bytes that `action` has in use on the wasm heap at once, over what is in use when it begins. A function of
 * the operations alone: what the heap had to grow by depends on its holes too. What tfjs's own kernels take for
 * themselves inside is not seen. 0 on other engines. One at a time.
 */
export async function peakHeapBytes(action: () => Promise<unknown>): Promise<number> {
  if (!kernelsAttached()) {
    await action();
    return 0;
  }
  // Working memory is kept from kernel to kernel: without what there is already, what `action` needs is counted.
  releaseScratch();
  const { wasm } = backend() as unknown as WasmBackend;
  const { _malloc, _free } = wasm;
  const sizes = new Map<number, number>();
  let [used, peak] = [0, 0];
  wasm._malloc = (bytes) => {
    const found = _malloc(bytes);
    sizes.set(found >>> 0, bytes);
    used += bytes;
    peak = Math.max(peak, used);
    return found;
  };
  wasm._free = (address) => {
    used -= sizes.get(address >>> 0) ?? 0;
    sizes.delete(address >>> 0);
    _free(address);
  };
  try {
    await action();
  } finally {
    Object.assign(wasm, { _malloc, _free });
  }
  return peak;
}
