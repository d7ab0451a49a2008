import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSafetensors } from '@polytag/checkpoints';
import { wholeNumber, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command } from 'commander';
import { READINGS, type Reading, type ReadingCost } from '../checkpoints/measure-reading.js';
import { sampleTensors } from '../checkpoints/sample-tensors.js';
import { writeTorchFile } from '../checkpoints/write-torch-file.js';
import { withFolderAside } from '../folder-aside.js';
import { outcome } from '../comparison/run-child.js';
import { tellMachine } from '../machine.js';
import { median } from '../median.js';
import { writeResults } from '../results-file.js';
import { toldTurns, type Turns } from '../turns.js';

interface CheckpointsOptions {
  readonly megabytes: number;
  readonly rounds: number;
  readonly python?: string;
  readonly json?: string;
}

const [OURS, PEER] = ['read-checkpoint.js', 'read_checkpoint.py'].map((name) =>
  fileURLToPath(new URL(`../../bin/${name}`, import.meta.url)),
);

const NOTES = `
Each turn is a new process that reads a file once; its time begins before the file is opened and ends when a value of
every page of every tensor was looked at. Memory is the most that the process had in use, above what it had before.
The files were just written, so they come from the system's cache. Medians of the rounds, and

  ratio = theirs / ours; above 1, ours is faster.`;

/** One way to read one file. */
interface Row {
  readonly file: string;
  readonly reading: Reading;
  readonly ours: ReadingCost;
  /** Or why there is none. */
  readonly theirs?: ReadingCost | { readonly missing: string };
  /** theirs / ours. */
  readonly ratio?: number;
}

export function checkpointsCommand(streams: Streams): Command {
  return new Command('checkpoints')
    .description('time and memory of reading .safetensors and .pth files, against torch.load and safetensors')
    .option('--megabytes <n>', 'size of each file', wholeNumber, 200)
    .option('--rounds <n>', 'turns of each side', wholeNumber, 5)
    .option('--python <program>', 'has torch, and safetensors; default: ours alone')
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ megabytes, rounds, python, json }: CheckpointsOptions) => {
      const where = await tellMachine(streams);
      await withFolderAside(async (folder) => {
        const files = await writeFiles(folder, megabytes, streams);
        const sides = python === undefined ? 1 : 2;
        const total = files.length * READINGS.length * rounds * sides;
        const turns = toldTurns(total, streams);
        const rows: Row[] = [];
        for (const file of files) {
          for (const reading of READINGS) rows.push(await compare(file, reading, { rounds, python, turns }));
        }
        streams.out.write(rows.map(shown).join(''));
        await writeResults(json, { rows, megabytes, rounds, python, machine: where });
      });
    });
}

async function writeFiles(folder: string, megabytes: number, streams: Streams): Promise<string[]> {
  const tensors = sampleTensors(megabytes * 2 ** 20);
  const files = ['sample.safetensors', 'sample.pth'].map((name) => join(folder, name));
  await writeSafetensors(files[0], tensors);
  await writeTorchFile(files[1], tensors);
  const [{ size }] = await Promise.all(files.map((file) => stat(file)));
  streams.out.write(`${tensors.size} tensors, ${(size / 2 ** 20).toFixed(0)} MB a file\n`);
  return files;
}

interface CompareOptions {
  readonly rounds: number;
  readonly python?: string;
  readonly turns: Turns;
}

/** The two sides in turn. */
async function compare(
  file: string,
  reading: Reading,
  { rounds, python, turns }: CompareOptions,
): Promise<Row> {
  const name = file.slice(file.lastIndexOf('.'));
  const ours: ReadingCost[] = [];
  const theirs: ReadingCost[] = [];
  let missing: string | undefined;
  for (let round = 0; round < rounds; round++) {
    const us = () => measured(process.execPath, [OURS, file, reading]);
    ours.push((await turns.take(`polytag: ${name}, ${reading}`, us)) as ReadingCost);
    if (python === undefined) continue;
    const peer = await turns.take(`python: ${name}, ${reading}`, () =>
      measured(python, [PEER, file, reading]),
    );
    if ('missing' in peer) missing = peer.missing;
    else theirs.push(peer);
  }
  const row = { file: name, reading, ours: medians(ours) };
  if (theirs.length === 0) return { ...row, ...(missing !== undefined && { theirs: { missing } }) };
  const cost = medians(theirs);
  return { ...row, theirs: cost, ratio: cost.milliseconds / row.ours.milliseconds };
}

const medians = (costs: readonly ReadingCost[]): ReadingCost => ({
  milliseconds: median(costs.map(({ milliseconds }) => milliseconds)),
  megabytes: median(costs.map(({ megabytes }) => megabytes)),
});

/** @throws UsageError `usage/peer-failed` when a process fails or prints something else */
async function measured(
  command: string,
  argv: readonly string[],
): Promise<ReadingCost | { readonly missing: string }> {
  const { status, out, err } = await outcome(command, argv);
  try {
    if (status === 0) return JSON.parse(out) as ReadingCost;
  } catch {
    // Told below.
  }
  throw new UsageError(
    'usage/peer-failed',
    `"${[command, ...argv].join(' ')}" ended with ${status}:\n${out}${err}`,
    {
      hint: '--python names a Python 3 that has torch.',
    },
  );
}

const told = ({ milliseconds, megabytes }: ReadingCost): string =>
  `${milliseconds.toFixed(0)} ms, ${megabytes.toFixed(0)} MB`;

function shown({ file, reading, ours, theirs, ratio }: Row): string {
  const what = `${file}, ${reading === 'all' ? 'all tensors kept' : 'one tensor at a time'}`;
  const peer =
    theirs === undefined
      ? ''
      : 'missing' in theirs
        ? `; theirs: ${theirs.missing}`
        : `; theirs ${told(theirs)}; ratio ${ratio!.toFixed(2)}`;
  return `${what}: ours ${told(ours)}${peer}\n`;
}
