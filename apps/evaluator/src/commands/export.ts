import type { Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import type { ExportOptions } from '../exporting/export-model.js';
import { allowModulesOption } from '../options.js';

export function exportCommand(streams: Streams): Command {
  return new Command('export')
    .description('write a model folder for the browser (TensorFlow.js layers format) or as ONNX')
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(allowModulesOption())
    .requiredOption('--out <folder>', 'where to write; a former export is replaced')
    .addOption(
      new Option('--format <name>', 'tfjs: for pages; onnx: for anything that reads ONNX')
        .choices(['tfjs', 'onnx'])
        .default('tfjs'),
    )
    .addOption(
      new Option(
        '--weights <type>',
        'float16 halves the file and rounds to 11 bits; int8 (onnx alone) quarters it',
      )
        .choices(['float32', 'float16', 'int8'])
        .default('float32'),
    )
    .addOption(
      new Option(
        '--input <form>',
        'onnx: RGB pixels 0 to 255, [batch, height, width, 3], as uint8 or float32; or what preprocessing makes of them, [batch, 3, height, width] (default: pixels)',
      ).choices(['pixels', 'pixels-float', 'normalised']),
    )
    .addOption(
      new Option(
        '--outputs <names...>',
        'onnx: outputs after the probabilities: scores (raw outputs), embedding (feature vector)',
      ).choices(['scores', 'embedding']),
    )
    .action(async (options: ExportOptions) => {
      const { exportModel } = await import('../exporting/export-model.js');
      await exportModel(options, streams);
    });
}
