import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { configText, type Streams } from '@polytag/cli';
import { FileError, printable, shellWord, UsageError } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import { Command } from 'commander';
import { nextLine } from '../tables/next-line.js';
import { checkRunConfig } from '../config/load-run-config.js';
import { recipeConfig, recipeOption, type RecipeName } from '../config/recipes.js';

interface InitOptions {
  readonly train: string;
  readonly val?: string;
  readonly recipe: RecipeName;
  readonly out: string;
}

export function initCommand(streams: Streams): Command {
  return new Command('init')
    .description('write a config file for your photographs, with every default')
    .requiredOption('--train <file>', 'training label file')
    .option('--val <file>', 'validation label file')
    .option('--out <file>', 'config file to write', 'polytag.yaml')
    .addOption(recipeOption().default('scratch'))
    .action(async ({ train, val, recipe, out }: InitOptions) => {
      if (existsSync(out)) throw existsAlready(out);
      const values = recipeConfig(train, val, recipe);
      const config = await checkRunConfig(values, [], 'init');
      const { initWarnings } = await import('../run/data-warnings.js');
      const warnings = await initWarnings(config);
      const folder = resolve(dirname(out));
      const portable = {
        ...config,
        // Options that named weights fill in go with them, should a file take their place.
        model: {
          ...config.model,
          backbone: values.model.backbone,
          ...(isAbsolute(config.model.weights ?? '') && { weights: relative(folder, config.model.weights!) }),
        },
        data: { ...config.data, root: relative(folder, config.data.root) || '.' },
      };
      const header = `# One experiment. Paths are relative to this file.\n#   polytag-train fit --config ${shellWord(out)} --out runs/first\n`;
      await mkdir(folder, { recursive: true });
      await writeNew(out, header + configText(portable));
      streams.out.write(
        `wrote ${printable(out, 1000)}\n${nextLine('fit', '--config', out, '--out', 'runs/first')}`,
      );
      for (const line of warnings) streams.err.write(`${line}\n`);
    });
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomically(path, text, { onlyNew: true });
  } catch (cause) {
    if (!(cause instanceof FileError && cause.code === 'file/EEXIST')) throw cause;
    throw existsAlready(path);
  }
}

const existsAlready = (path: string): UsageError =>
  new UsageError('usage/file-exists', `${printable(path, 1000)} already exists.`, {
    hint: 'Choose another name with --out, or remove it first.',
  });
