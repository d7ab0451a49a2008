import { CheckpointError, EngineError, PartError, UsageError, printable, type PartFile } from '@polytag/core';
import type { ModuleCode } from './module-code.js';

export type { ModuleCode };

/** The address of the page, or of the worker's script. */
export const workingFolder = (): string =>
  (globalThis as unknown as { readonly location: { readonly href: string } }).location.href;

const addressIn = (reference: string, folder: string): string =>
  new URL(reference, new URL(folder.replace(/\/?$/, '/'), workingFolder())).href;

/**
 * The address of a module, relative to a folder's.
 *
 * @throws UsageError `usage/module-address` for code in the config itself
 */
export function locateModule(reference: string, baseFolder: string): string {
  const address = addressIn(reference, baseFolder);
  if (!/^(data|blob|javascript):/.test(address)) return address;
  throw new UsageError('usage/module-address', `The module ${printable(address, 60)} is not a file.`, {
    hint: 'Pass the part itself: { parts: [myPart] }.',
  });
}

/** What would run, as errors call it. */
export const shownModule = (reference: string, folder: string): string =>
  printable(addressIn(reference, folder), 400);

/**
 * The address of a module that a model folder names: inside the folder.
 *
 * @throws CheckpointError `checkpoint/module-outside`
 */
export async function foreignModule(
  reference: string,
  folder: string,
  where: string,
): Promise<{ readonly module: string; readonly baseFolder: string }> {
  const module = addressIn(reference, folder);
  if (module.startsWith(addressIn('.', folder))) return { module, baseFolder: folder };
  throw new CheckpointError(
    'checkpoint/module-outside',
    `${where} refers to ${printable(module, 400)}: it is outside the folder.`,
    { hint: 'No code was run. Pass the part itself: loadModel(folder, { parts: [part] }).' },
  );
}

/** @throws EngineError `engine/onnx-page`: onnxruntime runs it, which TensorFlow.js cannot wait for in a page */
export async function readPartFile(path: string): Promise<PartFile> {
  throw new EngineError(
    'engine/onnx-page',
    `${printable(path, 200)} needs onnxruntime, which cannot run inside TensorFlow.js in a browser.`,
    {
      hint: 'Export the whole model as one ONNX file (polytag-eval export --format onnx), and load it with @polytag/onnx-runtime.',
    },
  );
}

export const partFile = readPartFile;

/** Nothing is saved in a browser. */
export const moduleCode = async (): Promise<ModuleCode | undefined> => undefined;

/**
 * The default export of a module, and the names of all that it exports.
 *
 * @param address as `locateModule` gives it
 * @throws PartError `part/module-failed`
 */
export async function importPart(
  address: string,
  _baseFolder: string,
  where: string,
): Promise<{ readonly value: unknown; readonly names: readonly string[] }> {
  try {
    const found = (await import(/* @vite-ignore */ /* webpackIgnore: true */ address)) as {
      default?: unknown;
    };
    return { value: found.default, names: Object.keys(found) };
  } catch (cause) {
    throw new PartError(
      'part/module-failed',
      `${where}: the module ${address} cannot be loaded: ${String(cause)}`,
      { hint: 'Pass the part itself: { parts: [myPart] }.', cause },
    );
  }
}
