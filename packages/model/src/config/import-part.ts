import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PartError, UsageError, printable, reasonOf, type PartFile } from '@polytag/core';
import { readFileBytes } from '@polytag/files';

export { foreignModule, shownModule } from './foreign-module.js';
export { moduleCode, type ModuleCode } from './module-code.js';

/** A message of protobuf, which an ONNX file is, ends there. */
const MAX_PART_FILE_BYTES = 2 ** 31 - 1;

/**
 * Reads the file that a part is made of.
 *
 * @param path relative to the folder
 * @throws UsageError `usage/file-missing` and the like
 */
export async function readPartFile(path: string, baseFolder: string): Promise<PartFile> {
  const options = { what: 'file', kind: 'usage', maxBytes: MAX_PART_FILE_BYTES } as const;
  return partFile(path, await readFileBytes(resolve(baseFolder, path), options));
}

/** The file that a part is made of, whose bytes are there. */
export const partFile = async (_path: string, bytes: Uint8Array): Promise<PartFile> => ({
  bytes,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/** What a config without a folder of its own is relative to. */
export const workingFolder = (): string => process.cwd();

/**
 * Where a module lives: an absolute path, or the name of a package when it is one.
 *
 * @throws UsageError `usage/module-address` for code of the web, or in the config itself
 */
export function locateModule(reference: string, baseFolder: string): string {
  // A drive of Windows has one letter.
  if (/^(?!file:)[a-z][a-z0-9+.-]+:/i.test(reference)) {
    throw new UsageError(
      'usage/module-address',
      `The module ${printable(reference, 60)} is a URL; expected a file or a package.`,
      { hint: 'Download it, read it, and use the file: { module: ./file.js }.' },
    );
  }
  if (reference.startsWith('file:')) return fileURLToPath(reference);
  const path = isAbsolute(reference) ? reference : resolve(baseFolder, reference);
  return /^\.{0,2}[/\\]/.test(reference) || isAbsolute(reference) || existsSync(path) ? path : reference;
}

/**
 * The default export of a module, and the names of all that it exports.
 *
 * @param module as `locateModule` gives it
 * @param baseFolder a package is searched from here upwards
 * @throws UsageError `usage/module-missing`, `usage/module-not-built`
 * @throws PartError `part/module-failed`
 */
export async function importPart(
  module: string,
  baseFolder: string,
  where: string,
): Promise<{ readonly value: unknown; readonly names: readonly string[] }> {
  if (isAbsolute(module) && !existsSync(module)) {
    throw new UsageError('usage/module-missing', `${where}: the module ${module} was not found.`, {
      hint: 'Paths are relative to the config file.',
    });
  }
  try {
    const found = (await import(addressOf(module, baseFolder))) as { default?: unknown };
    return { value: found.default, names: Object.keys(found) };
  } catch (cause) {
    const missing = isAbsolute(module) ? undefined : missingEntry(module, baseFolder);
    if (missing !== undefined) {
      throw new UsageError(
        'usage/module-not-built',
        `${where}: the package "${module}" is not built: it has no ${missing}.`,
        {
          hint: `Build it: \`npx nx build ${module.split('/').at(-1)}\` in a clone of Polytag, else as its README says.`,
          cause,
        },
      );
    }
    if (!isAbsolute(module) && isAbsent(module, cause)) {
      throw new UsageError('usage/module-missing', `${where}: the package "${module}" was not found.`, {
        hint: 'Install the package. To use a file, write "./name.js".',
        cause,
      });
    }
    const place = cause instanceof SyntaxError ? await syntaxErrorIn(module) : undefined;
    const reason = place === undefined ? reasonOf(cause) : `${(cause as Error).message} (${place})`;
    throw new PartError('part/module-failed', `${where}: the module ${module} cannot be loaded: ${reason}`, {
      hint: isAbsolute(module)
        ? 'Fix the module. Run it with `node` to see the same error.'
        : `Fix the package. To see the same error: \`node -e "import('${module}')"\`.`,
      cause,
    });
  }
}

const packageOf = (module: string): string => module.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? module;

/** The file that a package names as its entry, where the package is there and that file is not: nobody built it. */
function missingEntry(module: string, baseFolder: string): string | undefined {
  if (packageOf(module) !== module) return undefined;
  const searched = createRequire(join(resolve(baseFolder), 'config.json')).resolve.paths(module) ?? [];
  const folder = searched
    .map((one) => join(one, module))
    .find((one) => existsSync(join(one, 'package.json')));
  if (folder === undefined) return undefined;
  try {
    const { exports, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    const entry = entryOf(exports) ?? main;
    return entry === undefined || existsSync(join(folder, entry)) ? undefined : entry.replace(/^\.\//, '');
  } catch {
    // What is wrong with the manifest is told by the import that failed.
    return undefined;
  }
}

type Exports = string | { readonly [condition: string]: Exports } | null | undefined;

interface Manifest {
  readonly exports?: Exports;
  readonly main?: string;
}

/** The file that \`import\` of a package by its name takes. */
function entryOf(exports: Exports): string | undefined {
  if (typeof exports !== 'object' || exports === null) return exports ?? undefined;
  return entryOf(exports['.'] ?? exports.import ?? exports.default);
}

/** Whether it is the package itself that is not there, and not one that it imports. */
function isAbsent(module: string, cause: unknown): boolean {
  const { code, message = '' } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  const name = packageOf(module);
  const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return isMissing && message.includes(`'${name}'`);
}

/** The file and line of a syntax error, which the error itself does not tell: Node reads the file once more. */
async function syntaxErrorIn(module: string): Promise<string | undefined> {
  if (!isAbsolute(module)) return undefined;
  const told = await new Promise<string>((resolve) => {
    execFile(process.execPath, ['--check', module], (_error, _out, err) => resolve(err));
  });
  const [first] = told.split('\n');
  return /:\d+$/.test(first) ? first.replace(/^file:\/\//, '') : undefined;
}

function addressOf(module: string, baseFolder: string): string {
  if (isAbsolute(module)) return pathToFileURL(module).href;
  try {
    return pathToFileURL(createRequire(join(resolve(baseFolder), 'config.json')).resolve(module)).href;
  } catch {
    // A package that only `import` may load is not visible to `require`; it is searched from here instead.
    return module;
  }
}
