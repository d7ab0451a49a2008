import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import type { ExportTfjsOptions } from '@polytag/export';
import { Command, Option } from 'commander';
import { allowModulesOption } from '../options.js';

interface ExportOptions extends Required<ExportTfjsOptions> {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly out: string;
}

export function exportCommand(streams: Streams): Command {
  return new Command('export')
    .description('write a model folder for the browser (TensorFlow.js layers format)')
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(allowModulesOption())
    .requiredOption('--out <folder>', 'folder to serve to pages; a former export is replaced')
    .addOption(
      new Option('--weights <type>', 'float16 halves the download and rounds to 11 bits')
        .choices(['float32', 'float16'])
        .default('float32'),
    )
    .action(async ({ model: folder, allowModules, out, weights }: ExportOptions) => {
      const { useEngine } = await import('@polytag/engine');
      const { exportTfjs } = await import('@polytag/export');
      const { loadModel } = await import('@polytag/model');
      // Nothing is computed.
      await useEngine('cpu');
      const model = await loadModel(folder, { allowModules });
      try {
        await exportTfjs(model, out, { weights });
      } finally {
        model.dispose();
      }
      const names = (await readdir(out)).sort();
      const sizes = await Promise.all(names.map(async (name) => (await stat(join(out, name))).size));
      const kilobytes = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1000);
      streams.out.write(
        `${printable(join(out, 'model.json'), Infinity)}: ${names.length} files, ${kilobytes} kB\n`,
      );
    });
}
