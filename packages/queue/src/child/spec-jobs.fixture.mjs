// Jobs of the specs, in a process of their own, as apps have them.
import { appendFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { defineJobKind, runJobChild } from '@polytag/queue';
import * as z from 'zod';

const kinds = [
  defineJobKind('echo', 1, z.strictObject({ text: z.string() }), async ({ text }, { folder }) => {
    await writeFile(join(folder, 'text'), text);
  }),
  defineJobKind('poison', 1, z.strictObject({ counter: z.string() }), async ({ counter }) => {
    await appendFile(counter, 'x');
    throw new Error('it always fails');
  }),
  // Dies in each of its steps, once; what it has done stays in the folder.
  defineJobKind('mortal', 1, z.strictObject({ steps: z.number() }), async ({ steps }, { folder, report }) => {
    const done = await readFile(join(folder, 'done'), 'utf8').catch(() => '');
    await writeFile(join(folder, 'done'), `${done}x`);
    report({ done: done.length + 1, total: steps });
    await setTimeout(50);
    if (done.length + 1 < steps) process.kill(process.pid, 'SIGKILL');
  }),
  // Holds its thread as a kernel does: no event is seen.
  defineJobKind('busy', 1, z.strictObject({ seconds: z.number(), note: z.string() }), async (parameters) => {
    await writeFile(parameters.note, String(process.pid));
    const end = Date.now() + 1000 * parameters.seconds;
    while (Date.now() < end) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }),
  // Never ends, and sees nothing.
  defineJobKind('stuck', 1, z.strictObject({ counter: z.string() }), async ({ counter }) => {
    appendFileSync(counter, 'x');
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  }),
  // Keeps what it opened, and says which process it is.
  defineJobKind(
    'kept',
    1,
    z.strictObject({ model: z.string(), list: z.string(), fails: z.boolean().optional() }),
    async ({ model, list, fails }, { folder, keep }) => {
      const opened = await keep(async () => `${model} opened for ${list}`);
      if (fails) throw new Error('it fails');
      await writeFile(join(folder, 'text'), `${opened} in ${process.pid}`);
    },
    ({ model }) => model,
  ),
  defineJobKind('patient', 1, z.strictObject({ note: z.string() }), async ({ note }, { folder, signal }) => {
    await appendFile(note, 'begun\n');
    const before = await readFile(join(folder, 'half'), 'utf8').catch(() => undefined);
    if (before !== undefined) return;
    await writeFile(join(folder, 'half'), 'done');
    await setTimeout(60_000, undefined, { signal }).catch(() => undefined);
    const { InterruptedError } = await import('@polytag/core');
    throw new InterruptedError('spec/interrupted', 'It was stopped.');
  }),
  // Takes its time to stop; the second time it is done.
  defineJobKind(
    'reluctant',
    1,
    z.strictObject({ note: z.string(), stopping: z.string() }),
    async ({ note, stopping }, { signal }) => {
      await appendFile(note, 'begun\n');
      if ((await readFile(note, 'utf8')).split('\n').length > 2) return;
      await setTimeout(60_000, undefined, { signal }).catch(() => undefined);
      await writeFile(stopping, '');
      await setTimeout(1000);
      const { InterruptedError } = await import('@polytag/core');
      throw new InterruptedError('spec/interrupted', 'It was stopped.');
    },
  ),
];

runJobChild(async () => kinds);
