import { rm, stat } from 'node:fs/promises';
import { isRecord, printable, UsageError } from '@polytag/core';
import { readTextFile, writeFileAtomically } from '@polytag/files';

/** Options that an output depends on, by their names without `--`; `undefined` where one is not given. */
export type OutputSettings = Readonly<Record<string, string | number | boolean | undefined>>;

/** Commands that go on with a file of theirs. */
export type Resumable = 'predict' | 'embed';

/**
 * What an output was begun with, beside it as `FILE.predict.json` or `FILE.embed.json` until it is whole: `--resume` goes
 * by it.
 */
export interface SettingsRecord {
  readonly settings: OutputSettings;
  /** Hash of the model: weights, labels, thresholds; not of what computes. */
  readonly model: string;
}

export const settingsRecordPath = (file: string, command: Resumable): string => `${file}.${command}.json`;

const keyOf = (command: Resumable): string => `polytag_${command}`;

/** Where a folder takes no new file, lines may still go into one that is there; where it is gone, its lines tell. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT']);

/** Writes the record of a file; none beside what is no file, such as a pipe. */
export async function writeSettingsRecord(
  file: string,
  command: Resumable,
  { settings, model }: SettingsRecord,
): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there && !there.isFile()) return;
  const text = `${JSON.stringify({ [keyOf(command)]: 1, settings, model }, null, 2)}\n`;
  await writeFileAtomically(settingsRecordPath(file, command), text).catch((error: unknown) => {
    if (!REFUSED.has(codeOf(error))) throw error;
  });
}

/** An error of the system may come as it is, or as the cause of ours. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return String(cause?.code ?? code);
}

/** A whole file needs none, and one that another command has made has none. */
export const removeSettingsRecord = (file: string, command: Resumable): Promise<void> =>
  rm(settingsRecordPath(file, command), { force: true }).catch((error: unknown) => {
    if (!REFUSED.has(codeOf(error))) throw error;
  });

/**
 * Compares what a file was begun with, as far as that is known, with what it is to go on with.
 *
 * @throws UsageError `usage/resume-differs` that names the first option that differs
 */
export async function assertSameSettings(
  file: string,
  command: Resumable,
  settings: OutputSettings,
  modelHash: () => Promise<string>,
): Promise<void> {
  const before = await readRecord(file, command);
  if (!before) return;
  for (const name of new Set([...Object.keys(before.settings), ...Object.keys(settings)]))
    if (before.settings[name] !== settings[name])
      throw differs(file, `${shown(name, before.settings[name])}, not ${shown(name, settings[name])}`);
  if (before.model !== (await modelHash())) throw differs(file, 'with another --model');
}

/** Undefined where there is none that can be read: what is there is compared all the same. */
async function readRecord(file: string, command: Resumable): Promise<SettingsRecord | undefined> {
  try {
    const text = await readTextFile(settingsRecordPath(file, command), { what: 'record', maxBytes: 1e5 });
    const value = JSON.parse(text) as unknown;
    if (!isRecord(value) || value[keyOf(command)] !== 1 || !isRecord(value.settings)) return undefined;
    return value as unknown as SettingsRecord;
  } catch {
    return undefined;
  }
}

function shown(option: string, value: OutputSettings[string]): string {
  const name = option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (value === undefined || value === false) return `without --${name}`;
  return `with --${name}${value === true ? '' : ` ${value}`}`;
}

const differs = (file: string, how: string): UsageError =>
  new UsageError('usage/resume-differs', `${printable(file, 400)} was begun ${how}.`, {
    hint: 'Use the options it was begun with, or start again without --resume. The file was not changed.',
  });
