import type { Settings } from '@polytag/training';
import { assignmentsOf } from './recipe-space.js';
import { bestTrial, scoreOf, type TunedTrial } from './tune-record.js';

/** E.g. `head csra, loss aam-asl, rate 0.004`. */
export function settingsText(settings: Settings): string {
  const entries = Object.entries(settings);
  if (entries.length === 0) return 'the config unchanged';
  const { loss } = settings;
  return entries.map(([name, value]) => `${name === `rate ${loss}` ? 'rate' : name} ${value}`).join(', ');
}

const percent = ({ score }: TunedTrial): string => (score === null ? '–' : (100 * score).toFixed(2));

/** The trials from the best on, a line each. */
export function trialsTable(trials: readonly TunedTrial[]): string {
  const best = bestTrial(trials);
  const lines = [...trials]
    .sort((a, b) => scoreOf(b) - scoreOf(a) || a.number - b.number)
    .map((trial) => {
      const { number, state, seconds, settings } = trial;
      const figures = [
        percent(trial).padStart(6),
        String(number).padStart(5),
        `${seconds.toFixed(0)} s`.padStart(7),
      ];
      const end = state === 'complete' ? '' : ` (${state})`;
      return `${figures.join('  ')}  ${settingsText(settings)}${end}${trial === best ? '  *' : ''}\n`;
    });
  return `   mAP  trial     time  settings\n${lines.join('')}`;
}

/** The trials in their order, a line each: settings as the values of `--set`. */
export function trialsCsv(trials: readonly TunedTrial[]): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = trials.map(({ number, state, score, scores, seconds, settings }) => [
    String(number),
    state,
    score === null ? '' : String(score),
    String(scores.length),
    seconds.toFixed(1),
    assignmentsOf(settings).join(' '),
  ]);
  return [['trial', 'state', 'mAP', 'epochs', 'seconds', 'settings'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\n`)
    .join('');
}
