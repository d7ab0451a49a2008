import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@polytag/files';
import type { TrialResult } from '../jobs/trial-job.js';
import type { SweepSettings } from './settings.js';

/** A trial as `trials.json` has it. */
export interface SweepTrial {
  /** From 1. */
  readonly trial: number;
  readonly settings: SweepSettings;
  /** Best mAP over the labels that a validation image has, a fraction; null where there is none (yet). */
  readonly mAP: number | null;
  /** `pruned`: ended early, below the median of earlier trials. `failed`: it threw, on every attempt. */
  readonly status: TrialResult['status'] | 'failed' | 'waiting';
  /** Epochs that were scored. */
  readonly epochs: number;
  /** Why it failed. */
  readonly error?: string;
}

/** The result of a trial that is published. */
export const readTrialResult = async (folder: string): Promise<TrialResult> =>
  JSON.parse(await readFile(join(folder, 'trial.json'), 'utf8')) as TrialResult;

/** Writes `trials.json` and `trials.csv`: the same for the same sweep, whoever has done the trials. */
export async function writeTrials(folder: string, trials: readonly SweepTrial[]): Promise<void> {
  await writeFileAtomically(join(folder, 'trials.json'), `${JSON.stringify(trials, null, 2)}\n`);
  const keys = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))];
  const rows = trials.map(({ trial, status, mAP, epochs, settings }) => [
    ...[trial, status, mAP ?? '', epochs].map(String),
    ...keys.map((key) => (key in settings ? valueText(settings[key]) : '')),
  ]);
  const lines = [['trial', 'status', 'mAP', 'epochs', ...keys], ...rows];
  const text = lines.map((row) => `${row.map(cell).join(',')}\n`).join('');
  await writeFileAtomically(join(folder, 'trials.csv'), text);
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The best trial that ran to its end; of equals the first. */
export function bestOf(trials: readonly SweepTrial[]): SweepTrial | undefined {
  const complete = trials.filter(({ status, mAP }) => status === 'complete' && mAP !== null);
  return complete.reduce<SweepTrial | undefined>(
    (best, one) => (best === undefined || one.mAP! > best.mAP! ? one : best),
    undefined,
  );
}

/** The trials from the best on, a line each. */
export function sweepTable(trials: readonly SweepTrial[]): string {
  const best = bestOf(trials);
  const percent = (mAP: number | null) => (mAP === null ? '–' : (100 * mAP).toFixed(2));
  const lines = [...trials]
    .sort((a, b) => (b.mAP ?? -1) - (a.mAP ?? -1) || a.trial - b.trial)
    .map((one) => {
      const settings = Object.entries(one.settings).map(([key, value]) => `${key}=${valueText(value)}`);
      const end = one.status === 'complete' ? '' : ` (${one.status})`;
      return `${percent(one.mAP).padStart(6)}  ${String(one.trial).padStart(5)}  ${settings.join(' ')}${end}${one === best ? '  *' : ''}\n`;
    });
  return `   mAP  trial  settings\n${lines.join('')}`;
}
