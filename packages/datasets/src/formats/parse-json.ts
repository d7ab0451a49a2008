import { DataError, plainIssue } from '@polytag/core';
import type { z } from 'zod';

/**
 * Parses JSON text and checks it against a schema.
 *
 * @param source what errors call the file
 * @throws DataError `data/not-json`, with line and column if the parser reports them; `data/label-file-format` with the
 *   place in the file
 */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  { source, what, hint }: { readonly source: string; readonly what: string; readonly hint: string },
): z.output<Schema> {
  const result = schema.safeParse(jsonOf(text, source));
  if (result.success) return result.data;
  throw new DataError('data/label-file-format', `${source} is ${what}: ${describeIssues(result.error)}.`, {
    hint,
  });
}

/** `classes[1]: expected a name`, for the first few issues. */
export function describeIssues({ issues }: z.ZodError, at: readonly PropertyKey[] = []): string {
  const shown = issues
    .slice(0, 3)
    .map((issue) => `${place([...at, ...issue.path])}: ${plainIssue(issue.message)}`);
  const more = issues.length > shown.length ? ` (and ${issues.length - shown.length} more)` : '';
  return shown.join('; ') + more;
}

/** A JSON string, or NaN or Infinity outside of one. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** Parses JSON with NaN and Infinity, as Python writes unknown numbers: they become null. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    const plain = text.replace(TEXT_OR_NUMBER, (found) => (found.startsWith('"') ? found : 'null'));
    if (plain === text) throw error;
    return JSON.parse(plain);
  }
}

function jsonOf(text: string, source: string): unknown {
  try {
    return parseJsonText(text);
  } catch (cause) {
    const message = (cause as Error).message;
    // Not every message of the parser says where.
    const position = /position (\d+)/.exec(message)?.[1];
    const before = position === undefined ? undefined : text.slice(0, Number(position)).split(/\r\n|\n|\r/);
    const where = before ? ` at line ${before.length}, column ${before[before.length - 1].length + 1}` : '';
    throw new DataError('data/not-json', `${source} cannot be parsed as JSON${where}: ${message}.`, {
      hint: 'Check that the file is complete.',
      cause,
    });
  }
}

/** `images[12][0]` */
function place(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`))
    .join('');
}
