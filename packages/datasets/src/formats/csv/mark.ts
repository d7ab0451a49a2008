const MARKS: Readonly<Record<string, string>> = { '\\t': '\t', '\\n': '\n', tab: '\t', space: ' ' };

/**
 * A mark between cells or labels as an option names it; one that a shell makes hard to write has a name.
 *
 * @throws RangeError
 */
export function mark(text: string): string {
  if (text === '') throw new RangeError('It must not be empty.');
  return MARKS[text.toLowerCase()] ?? text;
}
