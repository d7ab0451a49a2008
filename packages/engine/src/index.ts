export { firstBadGradient } from './gradients/first-bad-gradient.js';
export { variableGradients } from './gradients/variable-gradients.js';
export { adamUpdate, type AdamOptions, type AdamParameter } from './updates/adam.js';
export { ascend, exchangeValues, type Ascending } from './updates/ascent.js';
export { emaUpdate, type EmaParameter } from './updates/ema.js';
export { scaleValues } from './updates/scale-values.js';
export { sgdUpdate, type SgdOptions, type SgdParameter } from './updates/sgd.js';
export { squaredNorm } from './updates/squared-norm.js';
export { addValues, readValues, writeValues } from './updates/values.js';
export {
  describeEngine,
  engineMemory,
  engineName,
  kernelBuild,
  nativeBuild,
  engineInUse,
  useEngine,
  type EngineInUse,
  type EngineName,
  type EngineOptions,
  type NativeUse,
} from './use-engine.js';
export { relaxedSimdRuns, type KernelBuild } from './wasm/load-kernels.js';
export { peakHeapBytes } from './wasm/peak-heap.js';
