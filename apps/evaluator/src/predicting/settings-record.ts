import { rm, stat } from 'node:fs/promises';
import { isRecord, printable, UsageError } from '@polytag/core';
import { readTextFile, writeFileAtomically } from '@polytag/files';

/** Options that lines depend on, by their names without `--`; `undefined` where one is not given. */
export type LineSettings = Readonly<Record<string, string | number | boolean | undefined>>;

/** What the lines of a file were made with, beside it as `FILE.predict.json`: `--resume` goes by it. */
export interface SettingsRecord {
  readonly settings: LineSettings;
  /** Hash of the model: weights, labels, thresholds; not of what computes. */
  readonly model: string;
}

const recordPath = (file: string): string => `${file}.predict.json`;

/** Where a folder takes no new file, lines may still go into one that is there; where it is gone, its lines tell. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT']);

/** Writes the record of a file; none beside what is no file, such as a pipe. */
export async function writeSettingsRecord(file: string, { settings, model }: SettingsRecord): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) return;
  const text = `${JSON.stringify({ polytag_predict: 1, settings, model }, null, 2)}\n`;
  await writeFileAtomically(recordPath(file), text).catch((error: unknown) => {
    if (!REFUSED.has(codeOf(error))) throw error;
  });
}

/** An error of the system may come as it is, or as the cause of ours. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return String(cause?.code ?? code);
}

/** Lines that another command has made have no record. */
export const removeSettingsRecord = (file: string): Promise<void> => rm(recordPath(file), { force: true });

/**
 * Compares what a file was begun with, as far as that is known, with what it is to go on with.
 *
 * @throws UsageError `usage/resume-differs` that names the first option that differs
 */
export async function assertSameSettings(
  file: string,
  settings: LineSettings,
  modelHash: () => Promise<string>,
): Promise<void> {
  const before = await readRecord(file);
  if (!before) return;
  for (const name of new Set([...Object.keys(before.settings), ...Object.keys(settings)]))
    if (before.settings[name] !== settings[name])
      throw differs(file, `${shown(name, before.settings[name])}, not ${shown(name, settings[name])}`);
  if (before.model !== (await modelHash())) throw differs(file, 'with another --model');
}

/** Undefined where there is none that can be read: the lines are compared all the same. */
async function readRecord(file: string): Promise<SettingsRecord | undefined> {
  try {
    const text = await readTextFile(recordPath(file), { what: 'record', maxBytes: 1e5 });
    const value = JSON.parse(text) as unknown;
    if (!isRecord(value) || value.polytag_predict !== 1 || !isRecord(value.settings)) return undefined;
    return value as unknown as SettingsRecord;
  } catch {
    return undefined;
  }
}

function shown(option: string, value: LineSettings[string]): string {
  const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (value === undefined || value === false) return `without --${name}`;
  return `with --${name}${value === true ? '' : ` ${value}`}`;
}

const differs = (file: string, how: string): UsageError =>
  new UsageError('usage/resume-differs', `${printable(file, 400)} was begun ${how}.`, {
    hint: 'Use the options it was begun with, or start again without --resume. The file was not changed.',
  });
