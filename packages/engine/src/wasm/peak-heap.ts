import { backend } from '@tensorflow/tfjs-core';
import { kernelsAttached, releaseScratch, type WasmBackend } from './host.js';

/**
 * Peak use of the wasm heap during `action`, in bytes above the use at its start. It depends only on the operations,
 * unlike the growth of the heap, which also depends on fragmentation. Internal buffers of tfjs's kernels are not
 * counted. 0 on other engines. Run one at a time.
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
