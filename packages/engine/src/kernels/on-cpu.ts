import {
  findBackend,
  getKernel,
  type KernelFunc,
  type TensorInfo,
  type TypedArray,
} from '@tensorflow/tfjs-core';
import { EngineError } from '@polytag/core';
import { heapFloats, heapIntegers, output } from '../wasm/host.js';

/** What is used of tfjs's cpu backend. */
interface CpuBackend {
  write(values: TypedArray, shape: number[], dtype: string): object;
  readSync(dataId: object): TypedArray;
  disposeData(dataId: object, force?: boolean): boolean;
}

/** A kernel of the wasm engine that hands its tensors to tfjs's cpu backend: slow, and right. */
export const onCpu =
  (kernelName: string): KernelFunc =>
  ({ inputs, attrs }) => {
    const kernel = getKernel(kernelName, 'cpu');
    const cpu = findBackend('cpu') as unknown as CpuBackend & { firstUse: boolean };
    if (!kernel || !cpu) {
      throw new EngineError('engine/missing', `the wasm engine has no kernel for ${kernelName}`, {
        hint: 'npm i @tensorflow/tfjs@4.22.0, or import @tensorflow/tfjs-backend-cpu: the operation then runs on the CPU backend',
      });
    }
    cpu.firstUse = false;
    const held: object[] = [];
    const valuesOf = (tensor: TensorInfo) =>
      tensor.dtype === 'float32' ? heapFloats(tensor) : heapIntegers(tensor);
    const there = (tensor: TensorInfo): TensorInfo => {
      const { shape, dtype } = tensor;
      const dataId = cpu.write(valuesOf(tensor).slice(), shape, dtype);
      held.push(dataId);
      // Some kernels read `rank`, which only tensors have.
      return { dataId, shape, dtype, rank: shape.length } as TensorInfo;
    };
    const back = ({ shape, dtype, dataId }: TensorInfo): TensorInfo => {
      const here = output(shape, dtype);
      valuesOf(here).set(cpu.readSync(dataId));
      held.push(dataId);
      return here;
    };
    // An object of tensors, or a list of them.
    const given = inputs as unknown as Record<string, TensorInfo> | TensorInfo[];
    const moved = Array.isArray(given)
      ? given.map(there)
      : Object.fromEntries(Object.entries(given).map(([name, input]) => [name, input && there(input)]));
    const results = kernel.kernelFunc({ inputs: moved as never, attrs, backend: cpu });
    const here = Array.isArray(results) ? results.map(back) : back(results);
    for (const dataId of held) cpu.disposeData(dataId, true);
    return here;
  };
