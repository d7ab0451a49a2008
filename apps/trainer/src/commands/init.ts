import { access, writeFile } from 'node:fs/promises';
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
      const exists = await access(options.out).then(
        () => true,
        () => false,
      );
      if (exists) {
        throw new UsageError('usage/file-exists', `${options.out} exists already.`, {
          hint: 'Choose another name with --out, or remove it first.',
        });
      }
      const config = checkRunConfig(configForLabelFiles(options.train, options.val), [], 'init');
      const folder = resolve(dirname(options.out));
      const portable = {
        ...config,
        data: { ...config.data, root: relative(folder, config.data.root) || '.' },
      };
      const header = `# One experiment. Paths are relative to this file.\n#   polytag-train fit --config ${options.out} --out runs/first\n`;
      await writeFile(options.out, header + stringify(portable));
      streams.out.write(`wrote ${options.out}\n`);
    });
}
