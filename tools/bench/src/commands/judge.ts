import { fileURLToPath } from 'node:url';
import { wholeNumber, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command } from 'commander';
import { outcome } from '../comparison/run-child.js';
import { writeMadeScores } from '../judging/made-scores.js';
import { withFolderAside } from '../folder-aside.js';
import type { JudgingCost } from '../judging/measure-judging.js';
import { tellMachine } from '../machine.js';
import { median } from '../median.js';
import { writeResults } from '../results-file.js';
import { toldTurns } from '../turns.js';

interface JudgeOptions {
  readonly images: number;
  readonly labels: number;
  readonly rounds: number;
  readonly python?: string;
  readonly json?: string;
}

const [OURS, PEER] = ['judge-scores.js', 'judge_scores.py'].map((name) =>
  fileURLToPath(new URL(`../../bin/${name}`, import.meta.url)),
);

const NOTES = `
Each turn is a new process that reads the scores and what is true, and judges them: average precision of each label,
precision, recall and F1 over labels and over all decisions; ours the other figures of a report as well. Medians of the
rounds; CPU is processor time of all threads; memory is the most of the process. Equal scores are ranked differently by both, so mAP may differ in the last digits.`;

export function judgeCommand(streams: Streams): Command {
  return new Command('judge')
    .description('time and memory of judging a matrix of scores, against scikit-learn')
    .option('--images <n>', 'rows of the matrix', wholeNumber, 1_000_000)
    .option('--labels <n>', 'columns', wholeNumber, 80)
    .option('--rounds <n>', 'turns of each side', wholeNumber, 3)
    .option('--python <program>', 'has scikit-learn (and pandas, for CSV); default: ours alone')
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ images, labels, rounds, python, json }: JudgeOptions) => {
      const where = await tellMachine(streams);
      await withFolderAside(async (folder) => {
        const { npy, csv, targets } = await writeMadeScores(folder, images, labels);
        const sides: [string, string, string][] = [
          ['polytag', process.execPath, OURS],
          ...(python === undefined ? [] : [['scikit-learn', python, PEER] as [string, string, string]]),
        ];
        const turns = toldTurns(2 * rounds * sides.length, streams);
        const costs = new Map<string, (JudgingCost | { readonly missing: string })[]>();
        for (let round = 0; round < rounds; round++) {
          for (const [format, file] of [
            ['npy', npy],
            ['CSV', csv],
          ]) {
            for (const [name, command, script] of sides) {
              const side = `${format}, ${name}`;
              const cost = await turns.take(side, () => measured(command, [script, file, targets]));
              costs.set(side, [...(costs.get(side) ?? []), cost]);
            }
          }
        }
        for (const [side, some] of costs) streams.out.write(shown(side, some));
        await writeResults(json, {
          costs: Object.fromEntries(costs),
          images,
          labels,
          rounds,
          python,
          machine: where,
        });
      });
    });
}

/** @throws UsageError `usage/peer-failed` when a process fails or prints something else */
async function measured(
  command: string,
  argv: readonly string[],
): Promise<JudgingCost | { readonly missing: string }> {
  const { status, out, err } = await outcome(command, argv);
  try {
    if (status === 0) return JSON.parse(out) as JudgingCost;
  } catch {
    // Told below.
  }
  throw new UsageError(
    'usage/peer-failed',
    `"${[command, ...argv].join(' ')}" ended with ${status}:\n${out}${err}`,
    {
      hint: '--python names a Python 3 that has scikit-learn.',
    },
  );
}

function shown(side: string, costs: readonly (JudgingCost | { readonly missing: string })[]): string {
  const [first] = costs;
  if ('missing' in first) return `${side}: ${first.missing}\n`;
  const all = costs as readonly JudgingCost[];
  const seconds = (of: (cost: JudgingCost) => number) => (median(all.map(of)) / 1000).toFixed(1);
  const { mAP, CF1, OF1 } = first;
  return (
    `${side}: ${seconds(({ milliseconds }) => milliseconds)} s (reading ${seconds(({ reading }) => reading)} s), ` +
    `${seconds(({ cpuMilliseconds }) => cpuMilliseconds)} s of CPU, ` +
    `${median(all.map(({ megabytes }) => megabytes)).toFixed(0)} MB; ` +
    `mAP ${mAP.toFixed(6)}, CF1 ${CF1.toFixed(6)}, OF1 ${OF1.toFixed(6)}\n`
  );
}
