import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { checkRunConfig } from '../config/load-run-config.js';
import { configForLabelFiles } from './label-file-config.js';

export function initCommand(streams: Streams): Command {
  return new Command('init')
    .description('write a config file for own photographs, with every default spelt out')
    .requiredOption('--train <file>', 'label file to train on')
    .option('--val <file>', 'label file to score on')
    .option('--out <file>', 'config file to write', 'polytag.yaml')
    .action(async (options: { train: string; val?: string; out: string }) => {
      const config = checkRunConfig(configForLabelFiles(options.train, options.val), [], 'init');
      const folder = resolve(dirname(options.out));
      const portable = {
        ...config,
        data: { ...config.data, root: relative(folder, config.data.root) || '.' },
      };
      const header = `# One experiment. Paths are relative to this file.\n#   polytag-train fit --config ${options.out} --out runs/first\n`;
      await mkdir(folder, { recursive: true });
      await writeNew(options.out, header + stringify(portable));
      streams.out.write(`wrote ${options.out}\n`);
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
