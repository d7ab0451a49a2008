// The jobs of a prediction without decoding anything: a line for each name of the list (see simulate-names.mjs).
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineJobKind, runJobChild } from '@polytag/queue';
import * as z from 'zod';

const run = async ({ list }, { store, folder, keep }) => {
  await keep(async () => undefined);
  const names = (await readFile(await store.checked(list), 'utf8')).split('\n').filter((line) => line !== '');
  const lines = names.map((line) => `${JSON.parse(line)[0]},0.5\n`);
  await writeFile(join(folder, 'lines'), lines.join(''));
  // The rate of a small network on one core: it decides how the list is cut.
  const result = { header: 'image,label\n', failed: [], model: 'simulated', imagesPerSecond: 137 };
  await writeFile(join(folder, 'lump.json'), `${JSON.stringify(result)}\n`);
};
runJobChild(async () => [defineJobKind('lump', 1, z.looseObject({}), run, () => 'any')]);
