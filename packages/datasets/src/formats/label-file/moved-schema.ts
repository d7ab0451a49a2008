import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * The `$schema` of a label file as it must be in a copy elsewhere: a path beside the file still leads to the schema. An
 * address, an absolute path and anything else stay.
 */
export function movedSchema(schema: unknown, from: string, to: string): unknown {
  if (typeof schema !== 'string' || isAbsolute(schema) || /^[a-z][a-z\d+.-]*:/i.test(schema)) return schema;
  const [source, folder] = [resolve(dirname(from)), resolve(dirname(to))];
  if (source === folder) return schema;
  const path = relative(folder, resolve(source, schema)).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}
