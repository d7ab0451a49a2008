import { UsageError, printable } from '@polytag/core';
import { readTextFile } from '@polytag/files';
import { Document, isScalar, Scalar, visit } from 'yaml';
import { parseYaml, YamlFault } from './parse-yaml.js';

/** A config that lists twenty thousand classes has half a megabyte. */
const MAX_BYTES = 4e6;

/**
 * Reads a YAML or JSON file into plain values. Text in quotes stays text.
 *
 * @throws UsageError `usage/config-missing`; `usage/config-syntax` with line and column; `usage/not-a-file`,
 *   `usage/file-too-large`, `usage/encoding`
 */
export async function readConfigFile(path: string): Promise<unknown> {
  const text = await readTextFile(path, {
    what: 'config file',
    kind: 'usage',
    maxBytes: MAX_BYTES,
    hint: 'Check the path, or write one with `polytag-train init`.',
  }).catch((error: unknown) => {
    if (!(error instanceof UsageError) || error.code !== 'usage/file-missing') throw error;
    throw new UsageError('usage/config-missing', error.message, { hint: error.hint, cause: error });
  });
  try {
    return parseYaml(text);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    const place = `${printable(path, 400)}:${error.line}:${error.column}`;
    throw new UsageError('usage/config-syntax', `${place}: ${error.message}.`, {
      hint: error.hint,
      cause: error,
    });
  }
}

/**
 * Writes values as the text of a config file. `readConfigFile` reads the same values back, whatever the strings
 * contain.
 */
export function configText(values: unknown): string {
  const document = new Document(values, { aliasDuplicateObjects: false });
  // Without quotes this key is a merge.
  visit(document, {
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '<<') key.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // Folded lines and blocks do not give back every white space; a text in quotes does.
  return document.toString({ blockQuote: false, lineWidth: 0 });
}
