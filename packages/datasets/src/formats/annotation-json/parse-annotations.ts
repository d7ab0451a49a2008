import { DataError, type ClassName } from '@polytag/core';
import { z } from 'zod';

const className = z.union([z.string().min(1), z.int()], { error: 'expected a name or an integer' });

/** `{"classes": [name, …], "images": [[path, [name, …]], …]}`; other keys are allowed and ignored. */
const annotationFile = z.object({
  classes: z.array(className),
  images: z.array(z.tuple([z.string().min(1), z.array(className)])),
});

export interface AnnotationFile {
  readonly classes: readonly ClassName[];
  readonly images: readonly (readonly [path: string, labels: readonly ClassName[]])[];
}

/**
 * Reads the text of an annotation file.
 *
 * @param source how errors name the file
 * @throws DataError `data/not-json`, with line and column where the parser tells them; `data/annotation-format` with the place in the file
 */
export function parseAnnotations(text: string, source: string): AnnotationFile {
  const result = annotationFile.safeParse(parseJson(text, source));
  if (result.success) return result.data;
  const { issues } = result.error;
  const shown = issues.slice(0, 3).map((issue) => `${place(issue.path)}: ${issue.message}`);
  const more = issues.length > shown.length ? ` (and ${issues.length - shown.length} more)` : '';
  throw new DataError(
    'data/annotation-format',
    `${source} is not an annotation file: ${shown.join('; ')}${more}.`,
    {
      hint: 'Expected {"classes": ["cat", …], "images": [["images/1.jpg", ["cat", …]], …]}.',
    },
  );
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (cause) {
    const message = (cause as Error).message;
    // Not every message of the parser says where.
    const position = /position (\d+)/.exec(message)?.[1];
    const before = position === undefined ? undefined : text.slice(0, Number(position)).split('\n');
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
