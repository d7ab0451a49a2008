import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { CheckpointError, DataError } from '@polytag/core';
import { Command } from 'commander';
import { collect } from './option-values.js';
import { runProgram } from './run-program.js';

const run = async (argv: string[], action: () => unknown = () => undefined) => {
  const out = new PassThrough();
  const err = new PassThrough();
  const program = new Command('tool');
  program
    .command('go')
    .option('--size <n>')
    .option('--out <folder>')
    .option('--all <name>', 'may be repeated', collect, [])
    .action(async () => void (await action()));
  const status = await runProgram(program, argv, { out, err });
  return { status, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
};

it('returns 0 after success and after help', async () => {
  expect((await run(['go'])).status).toBe(0);
  const help = await run(['go', '--help']);
  expect(help.status).toBe(0);
  expect(help.out).toContain('--size');
});

it('returns 2 for an unknown option, and proposes the nearest', async () => {
  const { status, err } = await run(['go', '--sise', '3']);
  expect(status).toBe(2);
  expect(err).toContain('--size');
});

it('returns 2 for an option that is given twice and takes one value', async () => {
  const { status, err } = await run(['go', '--size', '3', '--size', '4']);
  expect(status).toBe(2);
  expect(err).toContain("option '--size <n>' was given twice");
  expect((await run(['go', '--all', 'a', '--all', 'b'])).status).toBe(0);
});

it('returns 2 for a path that is empty, which would mean the working folder', async () => {
  const { status, err } = await run(['go', '--out', '']);
  expect([status, err]).toEqual([2, expect.stringContaining("option '--out <folder>' is empty")]);
  expect((await run(['go', '--out', 'a', '--size', ''])).status).toBe(0);
});

it("returns an error's own status and prints message, hint and code", async () => {
  const { status, err } = await run(['go'], () => {
    throw new DataError('data/image-missing', 'The image a.jpg is missing.', { hint: 'Restore it.' });
  });
  expect(status).toBe(3);
  expect(err).toBe('error: The image a.jpg is missing.\n  hint: Restore it.\n  code: data/image-missing\n');
});

it('returns 7 and the path when the system refuses a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-cli-'));
  try {
    const file = join(folder, 'taken');
    await writeFile(file, '');
    const { status, err } = await run(['go'], () => mkdir(join(file, 'run')));
    expect(status).toBe(7);
    expect(err).toContain(
      `error: The operating system refused access to a file: not a directory, mkdir '${join(file, 'run')}'.`,
    );
    expect(err).toContain('hint: Part of the path is a file, but a folder is expected');
    expect(err).toContain('code: file/ENOTDIR');
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('returns 1 and shows the stack for a defect', async () => {
  const { status, err } = await run(['go'], () => {
    throw new TypeError('broken');
  });
  expect(status).toBe(1);
  expect(err).toContain('TypeError: broken\n    at');
});

it('shows an error as lines of its own, whatever is quoted in it', async () => {
  const { err } = await run(['go'], () => {
    throw new DataError('data/x', `The label "a\n  code: forged\u001b[2J${'x'.repeat(1e7)}" is odd.`, {
      hint: 'b\nc',
    });
  });
  const lines = err.split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain('The label "a\\n  code: forged\\x1b[2J');
  expect(lines[0].length).toBeLessThan(2100);
  expect(lines.slice(1)).toEqual(['  hint: b\\nc', '  code: data/x', '']);
});

it.each([
  ['3 becomes 7', new DataError('data/bad-images', '1 of 2 images cannot be used.'), 7],
  ['4 stays', new CheckpointError('checkpoint/x', 'The model is damaged.'), 4],
])('tells of a full disk beside another error: %s', async (_, error, expected) => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const out = new Writable({ write: (_chunk, _encoding, done) => done(full) });
  const err = new PassThrough();
  const program = new Command('tool');
  program.command('go').action(() => {
    out.write('results\n');
    throw error;
  });
  expect(await runProgram(program, ['go'], { out, err })).toBe(expected);
  const told = String(err.read());
  expect(told).toContain(`code: ${error.code}`);
  expect(told).toContain('code: file/ENOSPC');
});
