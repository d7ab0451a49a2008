import type { Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import type { ExportOptions } from '../exporting/export-model.js';
import { withModelOptions } from '../options.js';

export function exportCommand(streams: Streams): Command {
  return withModelOptions(
    new Command('export').description(
      'write a model folder for the browser (TensorFlow.js layers format), as ONNX, or for a model hub',
    ),
  )
    .requiredOption('--out <folder>', 'where to write; a former export is replaced')
    .addOption(
      new Option(
        '--format <name>',
        'tfjs: for pages; onnx: for anything that reads ONNX; huggingface: the model, ONNX in three sizes, tfjs and a README',
      )
        .choices(['tfjs', 'onnx', 'huggingface'])
        .default('tfjs'),
    )
    .addOption(
      new Option(
        '--weights <type>',
        'how weights are stored: float16 halves the file and loses next to nothing; int8 (onnx alone) quarters it',
      )
        .choices(['float32', 'float16', 'int8'])
        .default('float32'),
    )
    .addOption(
      new Option(
        '--input <form>',
        'onnx: what the file takes: RGB pixels 0 to 255, [batch, height, width, 3], as uint8 (pixels) or float32; or normalised [batch, 3, height, width] (default: pixels)',
      ).choices(['pixels', 'pixels-float', 'normalised']),
    )
    .addOption(
      new Option(
        '--outputs <names...>',
        'onnx: what the file gives besides probabilities: scores (raw outputs), embedding (feature vector), heatmap (where in the image each label is)',
      ).choices(['scores', 'embedding', 'heatmap']),
    )
    .option(
      '--backbone-only',
      'onnx: write the backbone without its head, an encoder; --out is the file, e.g. encoder.onnx',
    )
    .addOption(
      new Option(
        '--quantise <how>',
        'onnx, huggingface: compute convolutions in whole numbers of 8 bits, with ranges taken from the images of --calibrate, but for those whose rounding changes the scores most; --check says what is lost',
      ).choices(['static']),
    )
    .option(
      '--calibrate <file>',
      'label file for --quantise; 200 of its images are used at most. Without --check the loss is measured on it too',
    )
    .option(
      '--check <file>',
      'onnx, huggingface: label file; prints size, mAP and images/s of the model and of the files that are written',
    )
    .action(async (options: ExportOptions) => {
      const { exportModel } = await import('../exporting/export-model.js');
      await exportModel(options, streams);
    });
}
