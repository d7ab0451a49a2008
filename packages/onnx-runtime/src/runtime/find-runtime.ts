import { EngineError, printable } from '@polytag/core';
import type { OnnxRuntime } from './onnx-runtime.js';

/** Packages that run ONNX files. The first is faster; the second has no native code, and runs in pages as well. */
export const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;

/** Codes of a module that is not installed, as Node and bundlers of tests tell it. */
const NOT_THERE = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/**
 * @returns undefined where the package is not installed
 * @throws EngineError `engine/onnx-runtime` where it is and does not load
 */
export async function importRuntime(name: string): Promise<OnnxRuntime | undefined> {
  try {
    return (await import(name)) as OnnxRuntime;
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    // A package that is there and lacks a file of its own, such as its binary, says the same of that file.
    if (NOT_THERE.includes(code) && /Cannot find (?:package|module) '([^']*)'/.exec(message)?.[1] === name)
      return undefined;
    throw new EngineError(
      'engine/onnx-runtime',
      `${name} is installed but cannot be loaded: ${printable(message, 300)}`,
      {
        hint: `Reinstall it (npm i ${name}), or remove it and install ${RUNTIMES.find((other) => other !== name)}.`,
        cause,
      },
    );
  }
}
