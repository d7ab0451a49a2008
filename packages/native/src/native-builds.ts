import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
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
  const file = binaryOf(target);
  return file === undefined
    ? none(`no native kernels are installed for ${target}: npm i @polytag/native-${target}`)
    : loadAddon(file);
}

const none = (reason: string): NativeBuilds => ({ builds: [], reason });

/** The builds of the addon in a file; of one that is damaged, or another's, why there are none. */
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
 * Whether a file of Linux (ELF, 64 bits) ends before its table of sections does, which stands last: dlopen maps such a file
 * without a word, and the process ends with SIGBUS. The loaders of other systems refuse one that is cut.
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
