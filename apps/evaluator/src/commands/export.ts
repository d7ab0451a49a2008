import { whileLoading, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import type { ExportOptions } from '../exporting/export-model.js';
import { maxPixelsOption, withModelOptions } from '../options.js';

export function exportCommand(streams: Streams): Command {
  return withModelOptions(
    new Command('export').description(
      'export a model: to TensorFlow.js for a web page, to ONNX, or to a folder for a model hub',
    ),
  )
    .requiredOption('--out <folder>', 'where to write; replaces an earlier export')
    .addOption(
      new Option(
        '--format <name>',
        'tfjs: for browsers; onnx: for any ONNX runtime; huggingface: the model, ONNX in three sizes, tfjs and a README',
      )
        .choices(['tfjs', 'onnx', 'huggingface'])
        .default('tfjs'),
    )
    .addOption(
      new Option(
        '--weights <type>',
        'type of stored weights: float16 halves the file with almost no loss; int8 (onnx only) quarters it',
      )
        .choices(['float32', 'float16', 'int8'])
        .default('float32'),
    )
    .addOption(
      new Option(
        '--input <form>',
        'onnx: input of the file: RGB pixels 0 to 255, [batch, height, width, 3], as uint8 (pixels) or float32; or normalised [batch, 3, height, width] (default: pixels)',
      ).choices(['pixels', 'pixels-float', 'normalised']),
    )
    .addOption(
      new Option(
        '--outputs <names...>',
        'onnx: outputs besides probabilities: scores (raw outputs), embedding (feature vector), heatmap (where each label is in the image)',
      ).choices(['scores', 'embedding', 'heatmap']),
    )
    .option(
      '--backbone-only',
      'onnx: write the backbone without its head, as an encoder; --out is the file, e.g. encoder.onnx',
    )
    .addOption(
      new Option(
        '--quantise <how>',
        'onnx, huggingface: quantise convolutions to 8 bits, with ranges measured on the images of --calibrate, except those whose rounding changes the scores most; --check measures the loss',
      ).choices(['static']),
    )
    .option(
      '--calibrate <file>',
      'label file for --quantise; at most 200 of its images are used. Without --check the loss is also measured on it',
    )
    .option(
      '--check <file>',
      'onnx, huggingface: label file; prints size, mAP and images/s of the model and of the written files',
    )
    .addOption(maxPixelsOption())
    .action(async (options: ExportOptions) => {
      const { exportModel } = await whileLoading(() => import('../exporting/export-model.js'));
      await exportModel(options, streams);
    });
}
