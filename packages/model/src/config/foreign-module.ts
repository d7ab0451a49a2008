import { existsSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { isAbsolute, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError, printable } from '@polytag/core';

/** Any scheme; a drive of Windows has one letter. */
const SCHEME = /^[a-z][a-z0-9+.-]+:/i;

/** A name of npm, and a path inside the package that does not leave it. */
const PACKAGE = /^(@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*(\/(?!\.{1,2}(\/|$))[\w.~@+-]+)*$/;

/** What would run, as errors call it. Nothing is looked at but whether there is such a file. */
export function shownModule(reference: string, folder: string): string {
  const path = pathOf(reference, folder);
  if (path !== undefined) return printable(path, 400);
  return SCHEME.test(reference) ? printable(reference, 60) : `the package "${printable(reference)}"`;
}

/**
 * Where a module lies that a model folder names: a file inside the folder, links followed, or a package that is installed
 * where the program works.
 *
 * @param where in the folder's config
 * @throws CheckpointError `checkpoint/module-outside` for any other, `checkpoint/part` when it is not there
 */
export async function foreignModule(
  reference: string,
  folder: string,
  where: string,
): Promise<{ readonly module: string; readonly baseFolder: string }> {
  const shown = shownModule(reference, folder);
  const outside = (why: string) =>
    new CheckpointError('checkpoint/module-outside', `${where} refers to ${shown}: ${why}.`, {
      hint:
        'No code was run. A model folder may contain a module of its own, or name an installed package. If you trust the ' +
        'module, copy it into the folder and refer to it there, or pass the part: loadModel(folder, { parts: [part] }).',
    });
  const path = pathOf(reference, folder);
  if (path !== undefined) {
    const place = await realpath(path).catch(() => undefined);
    if (place !== undefined && !place.startsWith(`${await realpath(folder)}${sep}`))
      throw outside(place === path ? 'it is outside the folder' : `it leads to ${place}, outside the folder`);
    if (place !== undefined && (await stat(place)).isFile()) return { module: place, baseFolder: folder };
    if (!resolve(path).startsWith(`${resolve(folder)}${sep}`)) throw outside('it is outside the folder');
    throw new CheckpointError('checkpoint/part', `${where} refers to ${shown}, which was not found.`, {
      hint: 'Put the file back, or pass the part: loadModel(folder, { parts: [part] }).',
    });
  }
  if (SCHEME.test(reference)) throw outside('it is a URL');
  if (!PACKAGE.test(reference) || isBuiltin(reference)) throw outside('it is neither a file nor a package');
  return { module: reference, baseFolder: process.cwd() };
}

/** The file that a reference means; undefined for a package or an address. */
function pathOf(reference: string, folder: string): string | undefined {
  if (/^file:/i.test(reference)) {
    try {
      return fileURLToPath(reference);
    } catch {
      return undefined;
    }
  }
  if (SCHEME.test(reference)) return undefined;
  const path = resolve(folder, reference);
  return isAbsolute(reference) || /^\.{1,2}([/\\]|$)/.test(reference) || existsSync(path) ? path : undefined;
}
