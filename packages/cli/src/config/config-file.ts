import { readFile } from 'node:fs/promises';
import { UsageError } from '@polytag/core';
import { LineCounter, parseDocument } from 'yaml';

/** Reads a YAML (or JSON) file into plain values. A syntax error names line and column. */
export async function readConfigFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError('usage/config-missing', `The config file ${path} cannot be read.`, {
      hint: 'Give the path of a YAML file, or write one with `polytag-train init`.',
      cause,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new UsageError('usage/config-syntax', `${path}:${line}:${col}: ${fault.message}`);
  }
  return numbersRead(document.toJS());
}

/** YAML 1.1 and 1.2 disagree on `5e-4` without a dot: read it as the number it is meant to be. */
function numbersRead(value: unknown): unknown {
  if (typeof value === 'string' && /^[+-]?\d+(\.\d*)?[eE][+-]?\d+$/.test(value)) return Number(value);
  if (Array.isArray(value)) return value.map(numbersRead);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbersRead(inner)]));
  }
  return value;
}
