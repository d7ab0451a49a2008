import { UsageError } from '@polytag/core';

/** The address of the page, or of the worker's script. */
export const workingFolder = (): string =>
  (globalThis as unknown as { readonly location: { readonly href: string } }).location.href;

/** The address of a module, relative to a folder's. */
export function locateModule(reference: string, baseFolder: string): string {
  return new URL(reference, new URL(baseFolder.replace(/\/?$/, '/'), workingFolder())).href;
}

/**
 * The default export of a module.
 *
 * @param address as `locateModule` gives it
 * @throws UsageError `usage/module-failed`
 */
export async function importDefault(address: string, _baseFolder: string, where: string): Promise<unknown> {
  try {
    const found = (await import(/* @vite-ignore */ /* webpackIgnore: true */ address)) as {
      default?: unknown;
    };
    return found.default;
  } catch (cause) {
    throw new UsageError(
      'usage/module-failed',
      `${where}: the module ${address} cannot be loaded: ${String(cause)}`,
      { hint: 'Give the part itself: { parts: [myPart] }.', cause },
    );
  }
}
