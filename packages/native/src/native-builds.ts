import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/**
 * A kernel that works on a WebAssembly memory. It takes the same numbers as the function of the same name in the
 * WebAssembly module of `@polytag/engine`.
 * @returns 0, or why nothing was computed: 1 not enough memory for packing, 2 an address outside the memory, 3 a value
 *   that is not a number
 */
export type NativeFunction = (memory: ArrayBufferLike, ...values: number[]) => number;

/** The kernels for one instruction set. */
export interface NativeBuild {
  /** `avx512`, `avx2` or `neon`. */
  readonly name: string;
  /** Floats per vector. */
  readonly width: number;
  /** How many of the engine's activations it has, numbered from 0. */
  readonly activations: number;
  readonly functions: Readonly<Record<string, NativeFunction>>;
}

/** The builds that run on this processor, fastest first; or why there is none. */
export type NativeBuilds =
  { readonly builds: readonly NativeBuild[] } | { readonly builds: readonly []; readonly reason: string };

let found: NativeBuilds | undefined;

/**
 * Loads the addon for this platform, once: that of the clone, or else that of the package
 * `@polytag/native-PLATFORM-ARCH`.
 */
export function nativeBuilds(): NativeBuilds {
  return (found ??= load());
}

function load(): NativeBuilds {
  const target = `${process.platform}-${process.arch}`;
  const file = binaryOf(target);
  return file === undefined
    ? none(`no native kernels are installed for ${target}: npm i @polytag/native-${target}`)
    : loadAddon(file);
}

const none = (reason: string): NativeBuilds => ({ builds: [], reason });

/** The builds in an addon file; or why there are none, if the file is damaged or another addon. */
export function loadAddon(file: string): NativeBuilds {
  const module = { exports: {} as { readonly builds?: unknown } };
  try {
    if (cutShort(file))
      return none(`the native kernels cannot be loaded: ${file} is cut short; install it again`);
    process.dlopen(module, file, constants.dlopen.RTLD_LAZY);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return none(`the native kernels cannot be loaded: ${reason.split('\n')[0]}`);
  }
  const { builds } = module.exports;
  if (!Array.isArray(builds)) return none(`the native kernels cannot be loaded: ${file} is another addon`);
  return builds.length > 0
    ? { builds: builds as NativeBuild[] }
    : none('this processor has neither AVX2 nor AVX-512');
}

/**
 * Whether a 64-bit ELF file ends before its section table, which is at the end. On Linux, dlopen maps such a file
 * without an error, and the process then ends with SIGBUS. Other systems refuse a truncated file.
 */
function cutShort(file: string): boolean {
  const header = Buffer.alloc(64);
  const open = openSync(file, 'r');
  try {
    const read = readSync(open, header, 0, header.length, 0);
    if (read < header.length || header.readUInt32BE(0) !== 0x7f454c46) return false; // which dlopen refuses
    const end = Number(header.readBigUInt64LE(0x28)) + header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c);
    return fstatSync(open).size < end;
  } finally {
    closeSync(open);
  }
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
