import {
  backend,
  engine,
  env,
  findBackendFactory,
  getBackend,
  getGradient,
  memory,
  ready,
  setBackend,
  Sum,
  version_core,
} from '@tensorflow/tfjs-core';
import { EngineError, reasonOf } from '@polytag/core';
import type { NativeBuild } from '@polytag/native';
import { platform } from '#platform';
import { registerComparisonGradients } from './gradients/comparison-gradients.js';
import { mendGradients } from './gradients/mended-gradients.js';
import { registerKernels } from './kernels/index.js';
import { mendKernels } from './kernels/mended-kernels.js';
import { registerStockGradients } from './kernels/stock-gradients.js';
import { addAlike } from './wasm/add-alike.js';
import { attach, heapBytes, kernelsAttached, memoryOf, type WasmBackend } from './wasm/host.js';
import type { KernelModule } from './wasm/generated/kernel-calls.js';
import { loadKernels, relaxedSimdRuns, type KernelBuild } from './wasm/load-kernels.js';
import { agrees, withNative } from './wasm/native-kernels.js';
import { shareIdentity } from './wasm/share-identity.js';
import { prepareWebgpu } from './webgpu/prepare-webgpu.js';

/** tfjs backends for Polytag. `wasm` has the training kernels; the others use tfjs operations. */
export type EngineName = 'wasm' | 'cpu' | 'webgl' | 'webgpu';

export interface EngineOptions {
  /**
   * Folder (path or URL, with the last slash) of the `.wasm` files of @tensorflow/tfjs-backend-wasm. Node finds it by
   * itself; a browser page without it loads them from beside its script.
   */
  readonly wasmPath?: string;
  /** SIMD build of the WebAssembly kernels. Default `auto`: relaxed SIMD if the machine supports it. */
  readonly simd?: 'auto' | KernelBuild;
  /**
   * Whether to use native kernels (`@polytag/native`) for products and convolutions; they give the bits of the relaxed
   * build. `auto`: if they load and pass a self-test; `false`: never; `true`: throw if they cannot be used. Default:
   * `false` if `simd` names a build or the environment has `POLYTAG_NATIVE=0`, else `auto`. `POLYTAG_NATIVE=avx2`
   * selects this build.
   */
  readonly native?: 'auto' | boolean;
}

const PACKAGES: Record<EngineName, string> = {
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs-backend-cpu',
  webgl: '@tensorflow/tfjs-backend-webgl',
  webgpu: '@tensorflow/tfjs-backend-webgpu',
};

let chosen: EngineInUse | undefined;
let attachedBuild: KernelBuild | undefined;
let attachedNative: NativeUse = { reason: 'the engine is not wasm' };

/** Arguments of `useEngine`. */
export interface EngineInUse {
  readonly name: EngineName;
  readonly options: EngineOptions;
}

/** The native build in use for products and convolutions, or why there is none. */
export type NativeUse = { readonly build: string } | { readonly reason: string };
let wasmPathSet: string | undefined;

/**
 * Starts an engine for everything that follows: sets the tfjs backend and, on wasm, attaches the training kernels.
 * Never falls back to another engine.
 *
 * @throws EngineError `engine/missing` if the backend is not installed or not registered, or for `wasm` has another
 * version than 4.22.0, `engine/not-ready` if it does not start here.
 * @example
 * await useEngine('wasm'); // before anything else
 * console.log(describeEngine()); // wasm (relaxed SIMD, native avx512)
 */
export async function useEngine(name: EngineName, options: EngineOptions = {}): Promise<void> {
  if (!(name in PACKAGES)) {
    throw new EngineError('engine/missing', `unknown engine "${name}"`, {
      hint: `expected one of ${Object.keys(PACKAGES)}`,
    });
  }
  if (options.native === true && name !== 'wasm') {
    throw new EngineError('engine/missing', `the engine "${name}" has no native kernels; only wasm has`, {
      hint: 'use the engine wasm, or remove native: true',
    });
  }
  // tfjs-core alone knows no gradients; the union package registers them, and the cpu backend.
  if (!getGradient(Sum) || (name === 'cpu' && !findBackendFactory('cpu'))) await importUnion();
  if (name === 'webgpu') await prepareWebgpu();
  // Only now: it becomes tfjs's first choice by its import, also for a program that never asked for it.
  const wasm = name === 'wasm' ? await importWasm() : undefined;
  if (!findBackendFactory(name)) {
    throw new EngineError('engine/missing', `the TensorFlow.js backend "${name}" is not registered`, {
      hint: `install ${PACKAGES[name]} and import it before useEngine`,
    });
  }
  registerComparisonGradients();
  mendGradients();
  if (wasm) await prepareWasm(options, wasm.setWasmPaths);
  await start(name);
  if (wasm) await attachKernels(options);
  // In Node the cpu backend advises a package that Polytag has no use for.
  if (name === 'cpu') (backend() as unknown as { firstUse: boolean }).firstUse = false;
  chosen = { name, options };
}

/** The engine in use. */
export const engineName = (): EngineName => engineInUse().name;

/**
 * The engine in use with its options. Another thread that calls `useEngine` with them computes the same bits.
 * @throws EngineError `engine/not-ready` before `useEngine`, or if tfjs was set to another backend since
 */
export function engineInUse(): EngineInUse {
  if (chosen === undefined || getBackend() !== chosen.name) {
    throw new EngineError(
      'engine/not-ready',
      'no engine was chosen, or tfjs was switched to another backend since',
      {
        hint: 'await useEngine(…) first',
      },
    );
  }
  return chosen;
}

/** The SIMD build of the kernels in use; undefined on engines other than wasm. */
export function kernelBuild(): KernelBuild | undefined {
  return engineName() === 'wasm' ? attachedBuild : undefined;
}

/** The native build (`avx512`, `avx2` or `neon`) in use for products and convolutions, or why there is none. */
export function nativeBuild(): NativeUse {
  return engineName() === 'wasm' ? attachedNative : { reason: 'the engine is not wasm' };
}

/** Description of the engine as text: `wasm (relaxed SIMD, native avx512)`, or why native kernels are not used. */
export function describeEngine(): string {
  const name = engineName();
  if (name !== 'wasm') return name;
  const native = nativeBuild();
  return `wasm (${attachedBuild} SIMD, ${'build' in native ? `native ${native.build}` : `not natively: ${native.reason}`})`;
}

/** Number of live tensors and, on wasm, size of the heap in bytes (it never shrinks; 0 on other engines). */
export function engineMemory(): { tensors: number; heapBytes: number } {
  return { tensors: memory().numTensors, heapBytes: heapBytes() };
}

async function importUnion(): Promise<void> {
  try {
    await import('@tensorflow/tfjs');
  } catch (cause) {
    throw new EngineError(
      'engine/missing',
      `the package @tensorflow/tfjs cannot be loaded: ${reasonOf(cause)}`,
      {
        hint: 'npm i @tensorflow/tfjs@4.22.0',
        cause,
      },
    );
  }
}

/**
 * The kernels read and write the backend's own tables and memory, whose layout no version promises: they are tried on one.
 */
const WASM_VERSION = '4.22.0';

async function importWasm(): Promise<typeof import('@tensorflow/tfjs-backend-wasm')> {
  const hint = `npm i @tensorflow/tfjs@${WASM_VERSION} @tensorflow/tfjs-backend-wasm@${WASM_VERSION}; or useEngine('cpu')`;
  let wasm;
  try {
    wasm = await import('@tensorflow/tfjs-backend-wasm');
  } catch (cause) {
    throw new EngineError(
      'engine/missing',
      `the package @tensorflow/tfjs-backend-wasm cannot be loaded: ${reasonOf(cause)}`,
      { hint, cause },
    );
  }
  // Either may be another: npm keeps both alike, `overrides` and bundlers need not.
  for (const [name, version] of [
    ['tfjs-backend-wasm', wasm.version_wasm],
    ['tfjs-core', version_core],
  ]) {
    if (version !== WASM_VERSION) {
      throw new EngineError(
        'engine/missing',
        `@tensorflow/${name} is ${version}; the training kernels of the wasm engine need ${WASM_VERSION}`,
        { hint },
      );
    }
  }
  return wasm;
}

async function start(name: EngineName): Promise<void> {
  let started = false;
  let cause: unknown;
  const stopNoting = noteFailure(name, (error) => (cause = error));
  try {
    started = await setBackend(name);
    await ready();
  } catch (error) {
    cause ??= error;
  } finally {
    stopNoting();
  }
  if (!started || getBackend() !== name) {
    const reason = cause === undefined ? '' : `: ${failureOf(cause)}`;
    throw new EngineError('engine/not-ready', `the TensorFlow.js backend "${name}" did not start${reason}`, {
      hint: name === 'wasm' ? 'check wasmPath: the folder of the .wasm files of the backend' : undefined,
      cause,
    });
  }
}

/** The wasm backend fails with an object that is no Error. */
const failureOf = (cause: unknown): string =>
  cause instanceof Error
    ? reasonOf(cause)
    : String((cause as { message?: unknown } | null)?.message ?? cause);

/** setBackend writes the reason of a failure to the console and answers false: the factory itself tells it. */
function noteFailure(name: EngineName, note: (error: unknown) => void): () => void {
  const entry = engine().registryFactory[name];
  const { factory } = entry;
  const noted = (error: unknown): never => {
    note(error);
    throw error;
  };
  entry.factory = () => {
    try {
      const made = factory();
      return made instanceof Promise ? made.catch(noted) : made;
    } catch (error) {
      return noted(error);
    }
  };
  return () => void (entry.factory = factory);
}

async function prepareWasm(options: EngineOptions, setWasmPaths: (path: string) => void): Promise<void> {
  // The threaded build of the backend has a shared memory, which the kernel modules cannot import.
  if (!kernelsAttached()) env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new EngineError('engine/missing', 'WebAssembly SIMD is not available', {
      hint: 'use Node 20 or newer, or a current browser',
    });
  }
  const path = options.wasmPath ?? (await platform.wasmFolder());
  if (path !== undefined && path !== wasmPathSet && !kernelsAttached()) {
    setWasmPaths(path);
    wasmPathSet = path;
  }
}

async function attachKernels({ simd = 'auto', native }: EngineOptions): Promise<void> {
  const wasm = backend() as unknown as WasmBackend;
  const memoryObject = memoryOf(wasm);
  const relaxed = simd !== 'plain' && (await relaxedSimdRuns());
  if (simd === 'relaxed' && !relaxed) {
    throw new EngineError('engine/missing', 'relaxed SIMD is not available', {
      hint: "set simd to 'auto'",
    });
  }
  const build = relaxed ? 'relaxed' : 'plain';
  const module = await loadKernels(build, memoryObject);
  const wanted = native ?? (simd === 'auto' ? 'auto' : false);
  const found = wanted === false ? 'switched off' : await findNative(wasm, module, relaxed);
  if (typeof found === 'string' && wanted === true) {
    throw new EngineError('engine/missing', `there are no native kernels: ${found}`, {
      hint: "set native to 'auto'",
    });
  }
  attach(wasm, typeof found === 'string' ? module : found.module);
  attachedBuild = build;
  attachedNative = typeof found === 'string' ? { reason: found } : { build: found.build };
  registerKernels();
  shareIdentity();
  addAlike();
  mendKernels();
  registerStockGradients();
}

/** What the self-test of a build said, which does not change. */
const tested = new WeakMap<NativeBuild, boolean>();

/** The kernels with those of a native build among them; or why there are none. */
async function findNative(
  wasm: WasmBackend,
  module: KernelModule,
  relaxed: boolean,
): Promise<{ build: string; module: KernelModule } | string> {
  const setting = platform.setting('POLYTAG_NATIVE') ?? '';
  if (setting === '0') return 'POLYTAG_NATIVE=0';
  if (!relaxed) return 'they need relaxed SIMD, which is not available';
  const found = await platform.nativeBuilds();
  if ('reason' in found) return found.reason;
  const build = ['', '1'].includes(setting)
    ? found.builds[0]
    : found.builds.find(({ name }) => name === setting);
  if (!build)
    return `POLYTAG_NATIVE=${setting}: available builds are ${found.builds.map(({ name }) => name)}`;
  const memory = memoryOf(wasm);
  const native = withNative(module, build, memory);
  const { _malloc, _free } = wasm.wasm;
  if (!tested.has(build))
    tested.set(
      build,
      agrees(module, native, memory, (bytes) => _malloc(bytes) >>> 0, _free),
    );
  if (!tested.get(build)) {
    return `the build ${build.name} gives other results than the WebAssembly kernels`;
  }
  return { build: build.name, module: native };
}
