/** Contents of a model folder by file name. */
export type Files = ReadonlyMap<string, Uint8Array | string>;

/** A model folder that no program of ours has written. */
export interface HostileFolder {
  /** What is wrong with it. Each has another. */
  readonly name: string;
  /** The files of a whole model, changed. Default: as they are. */
  readonly files?: (whole: Files) => Files;
  /** What files alone do not say: pipes, links, devices. */
  readonly after?: (folder: string) => void;
}

export const textOf = (files: Files, name: string): string => {
  const content = files.get(name)!;
  return typeof content === 'string' ? content : new TextDecoder().decode(content);
};

/** With a file in place of the one of that name. */
export const withFile = (files: Files, name: string, content: Uint8Array | string): Files =>
  new Map([...files, [name, content]]);

export const withoutFile = (files: Files, ...names: readonly string[]): Files =>
  new Map([...files].filter(([name]) => !names.includes(name)));

/** JSON that no JavaScript value gives: put into the text as it is. */
export class RawJson {
  constructor(readonly text: string) {}
}

/**
 * Sets a value in a JSON file, or removes it.
 *
 * @param path keys, divided by dots
 * @param value `undefined` removes
 */
export function withValue(files: Files, name: string, path: string, value: unknown): Files {
  const whole = JSON.parse(textOf(files, name)) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  let node = whole;
  for (const key of keys) node = (node[key] ??= {}) as Record<string, unknown>;
  // An own key, also where it is called __proto__.
  if (value === undefined) delete node[last];
  else Object.defineProperty(node, last, { value, enumerable: true, configurable: true, writable: true });
  return withFile(files, name, jsonOf(whole));
}

const MARK = '@raw:';

export const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (one instanceof RawJson ? `${MARK}${one.text}` : one)).replace(
    new RegExp(`"${MARK}([^"]*)"`, 'g'),
    '$1',
  );
