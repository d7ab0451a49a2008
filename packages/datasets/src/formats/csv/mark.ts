const MARKS: Readonly<Record<string, string>> = { '\\t': '\t', '\\n': '\n', tab: '\t', space: ' ' };

/**
 * A delimiter or separator as given by an option. Those that are hard to type in a shell have a name.
 *
 * @throws RangeError
 */
export function mark(text: string): string {
  if (text === '') throw new RangeError('It must not be empty.');
  const name = text.toLowerCase();
  return Object.hasOwn(MARKS, name) ? MARKS[name] : text;
}
