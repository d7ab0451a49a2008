import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/**
 * A kernel on a memory: takes the values that the function of the same name of the engine's WebAssembly module takes.
 * @returns 0, or why nothing was computed: 1 no memory for what it packs, 2 a place outside the memory, 3 a value that is
 * no number
 */
export type NativeFunction = (memory: ArrayBufferLike, ...values: number[]) => number;

/** The kernels in the vectors of one instruction set. */
export interface NativeBuild {
  /** `avx512`, `avx2` or `neon`. */
  readonly name: string;
  /** Floats of a vector. */
  readonly width: number;
  /** How many of the engine's activations it knows, numbered from 0. */
  readonly activations: number;
  readonly functions: Readonly<Record<string, NativeFunction>>;
}

/** What runs on this processor, the fastest first; or why nothing does. */
export type NativeBuilds =
  { readonly builds: readonly NativeBuild[] } | { readonly builds: readonly []; readonly reason: string };

let found: NativeBuilds | undefined;

/** Loads the addon for this platform, once: that of the clone, else that of the package `@polytag/native-PLATFORM-ARCH`. */
export function nativeBuilds(): NativeBuilds {
  return (found ??= load());
}

function load(): NativeBuilds {
  const target = `${process.platform}-${process.arch}`;
  const none = (reason: string): NativeBuilds => ({ builds: [], reason });
  const file = binaryOf(target);
  if (file === undefined) {
    return none(`no native kernels are installed for ${target}: npm i @polytag/native-${target}`);
  }
  const module = { exports: {} as { readonly builds?: readonly NativeBuild[] } };
  try {
    process.dlopen(module, file, constants.dlopen.RTLD_LAZY);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return none(`the native kernels cannot be loaded: ${reason.split('\n')[0]}`);
  }
  const { builds = [] } = module.exports;
  return builds.length > 0 ? { builds } : none('this processor has neither AVX2 nor AVX-512');
}

function binaryOf(target: string): string | undefined {
  const own = fileURLToPath(new URL(`../binaries/${target}.node`, import.meta.url));
  if (existsSync(own)) return own;
  try {
    return createRequire(import.meta.url).resolve(`@polytag/native-${target}`);
  } catch {
    return undefined;
  }
}
