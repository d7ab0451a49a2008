import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { checkRunConfig } from '../config/load-run-config.js';
import { recipeConfig, recipeOption, type RecipeName } from './recipes.js';

interface InitOptions {
  readonly train: string;
  readonly val?: string;
  readonly recipe: RecipeName;
  readonly out: string;
}

export function initCommand(streams: Streams): Command {
  return new Command('init')
    .description('write a config file for own photographs, with every default spelt out')
    .requiredOption('--train <file>', 'label file to train on')
    .option('--val <file>', 'label file to score on')
    .option('--out <file>', 'config file to write', 'polytag.yaml')
    .addOption(recipeOption().default('scratch'))
    .action(async ({ train, val, recipe, out }: InitOptions) => {
      const config = await checkRunConfig(recipeConfig(train, val, recipe), [], 'init');
      const folder = resolve(dirname(out));
      const portable = {
        ...config,
        data: { ...config.data, root: relative(folder, config.data.root) || '.' },
      };
      const header = `# One experiment. Paths are relative to this file.\n#   polytag-train fit --config ${out} --out runs/first\n`;
      await mkdir(folder, { recursive: true });
      await writeNew(out, header + stringify(portable));
      streams.out.write(`wrote ${out}\n`);
    });
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new UsageError('usage/file-exists', `${path} exists already.`, {
      hint: 'Choose another name with --out, or remove it first.',
    });
  }
}
