import { isAbsolute, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readFileBytes } from '@polytag/files';
import { init, parse } from 'es-module-lexer';

/** The files that an own part needs beside packages, as a model folder keeps them. */
export interface ModuleCode {
  /** Name of the module itself. */
  readonly entry: string;
  /** By name; they name one another so. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A part of one's own is a few files; more than this, and it is a package. */
export const MAX_CODE_FILES = 32;
export const MAX_CODE_BYTES = 2 ** 20;

/**
 * Reads a module and the files that it imports, so that they can be kept with a model. They get new names, and their imports
 * of one another are rewritten to these. Packages stay where they are.
 *
 * @param module as `locateModule` gives it
 * @param name of the new files, e.g. `head`: `head.mjs`, `head-2.mjs`, …
 * @returns undefined for a package, and for what a look at the text cannot follow: CommonJS that requires other files,
 * imports of computed names, `import.meta` (files beside the module), `#` imports of a package
 */
export async function moduleCode(module: string, name: string): Promise<ModuleCode | undefined> {
  if (!isAbsolute(module)) return undefined;
  await init;
  const names = new Map<string, string>();
  const files = new Map<string, Uint8Array>();
  const waiting = [module];
  const nameOf = (path: string, text: string): string => {
    const known = names.get(path);
    if (known !== undefined) return known;
    const number = names.size === 0 ? '' : `-${names.size + 1}`;
    const given = `${name}${number}${endingOf(path, text)}`;
    names.set(path, given);
    return given;
  };
  try {
    const texts = new Map<string, string>();
    const textOf = async (path: string): Promise<string> => {
      const known = texts.get(path);
      if (known !== undefined) return known;
      const bytes = await readFileBytes(path, { what: 'module', maxBytes: MAX_CODE_BYTES, kind: 'usage' });
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      texts.set(path, text);
      return text;
    };
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const text = await textOf(path);
      const own = nameOf(path, text);
      if (files.has(own)) continue;
      if (files.size === MAX_CODE_FILES) return undefined;
      const places = extname(path) === '.json' ? [] : importsOf(text);
      if (!places) return undefined;
      let rewritten = '';
      let position = 0;
      for (const { start, end, specifier } of places) {
        const target = fileURLToPath(new URL(specifier, pathToFileURL(path)));
        rewritten += `${text.slice(position, start)}./${nameOf(target, await textOf(target))}`;
        position = end;
        waiting.push(target);
      }
      files.set(own, new TextEncoder().encode(rewritten + text.slice(position)));
    }
  } catch {
    // What cannot be read or parsed is told when it is imported.
    return undefined;
  }
  return { entry: names.get(module)!, files };
}

interface ImportedFile {
  /** Of the text between the quotes. */
  readonly start: number;
  readonly end: number;
  readonly specifier: string;
}

/** The files that a text imports, in its order; undefined when it needs what cannot be followed. */
function importsOf(text: string): readonly ImportedFile[] | undefined {
  const [imports, , , isModule] = parse(text);
  if (!isModule && /\brequire\s*\(\s*(?!['"`][^./])|\b__dirname\b|\b__filename\b/.test(text))
    return undefined;
  const found: ImportedFile[] = [];
  for (const { n: specifier, s: start, e: end, d: dynamic } of imports) {
    // -2 is `import.meta`; a computed name is not told.
    if (dynamic === -2 || specifier === undefined || specifier.startsWith('#')) return undefined;
    if (!/^(\.{0,2}\/|file:)/.test(specifier)) continue;
    // The place of a dynamic import holds its quotes.
    const quotes = dynamic > -1 ? 1 : 0;
    found.push({ start: start + quotes, end: end - quotes, specifier });
  }
  return found;
}

/** An ending that says the kind of module, whatever package.json is near. */
function endingOf(path: string, text: string): string {
  const ending = extname(path);
  if (ending !== '.js' && ending !== '.ts') return ending;
  const [, , , isModule] = parse(text);
  return `.${isModule ? 'm' : 'c'}${ending.slice(1)}`;
}
