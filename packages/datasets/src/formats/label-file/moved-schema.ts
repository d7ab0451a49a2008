import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';

/**
 * The `$schema` of a label file that is copied to another folder: a relative path still leads to the schema. URLs,
 * absolute paths and anything else are kept.
 */
export function movedSchema(schema: unknown, from: string, to: string): unknown {
  if (typeof schema !== 'string' || isAbsolute(schema) || /^[a-z][a-z\d+.-]*:/i.test(schema)) return schema;
  const [source, folder] = [resolve(dirname(from)), resolve(dirname(to))];
  if (source === folder) return schema;
  const path = relative(folder, resolve(source, schema)).split(sep).join('/');
  return path.startsWith('.') ? path : `./${path}`;
}
