import { wholeNumber } from '@polytag/cli';
import type { EngineName } from '@polytag/engine';
import { Argument, Option, type Command } from 'commander';
import { shardOf } from './bulk/shard.js';

/** What computes: a tensor engine, or onnxruntime with a folder that `export --format onnx` wrote. */
export type EngineChoice = EngineName | 'onnx';

export const engineOption = () =>
  new Option('--engine <name>', 'tensor engine').choices(['wasm', 'cpu', 'webgpu']).default('wasm');

const withEngine = (command: Command): Command => command.addOption(engineOption());

/** For commands that also run what `export --format onnx` wrote. */
export const withEngineOrOnnx = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--engine <name>',
        'tensor engine; onnx: onnxruntime, and --model is a folder that export --format onnx wrote',
      )
        .choices(['wasm', 'cpu', 'webgpu', 'onnx'])
        .default('wasm'),
    )
    .addOption(
      new Option('--threads <n>', 'threads that compute, for --engine onnx (default: 1)').argParser(
        wholeNumber,
      ),
    );

export const maxPixelsOption = () =>
  new Option(
    '--max-pixels <n>',
    'the most pixels of an image; each allows 4.4 bytes of memory to decode it (default: 64 million)',
  ).argParser(wholeNumber);

const strictOption = () => new Option('--strict', 'stop at the first image that cannot be used');

export const allowModulesOption = () =>
  new Option(
    '--allow-modules',
    'run the code of an own part that the model folder brings, or the package it names',
  );

/** Adds the model folder that a command is about. */
export const withModelOptions = (command: Command): Command =>
  command
    .requiredOption('--model <folder>', 'model folder, e.g. runs/first/best')
    .addOption(allowModulesOption());

/** Adds the options of a command that opens images and runs a model on them. */
export const withImageOptions = (command: Command, addEngine = withEngine): Command =>
  addEngine(command.addOption(strictOption()).addOption(maxPixelsOption()));

/** A model folder and a label file, and how the one is run on the other. */
export interface DataOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly data: string;
  readonly ignoreUnknownLabels?: boolean;
  readonly batch: number;
  readonly workers: number;
  readonly strict?: boolean;
  readonly maxPixels?: number;
  readonly engine: EngineName;
}

/** Adds the options that say how a label file is read and run. */
export const withDataOptions = (command: Command, addEngine = withEngine): Command =>
  withImageOptions(
    command
      .option('--ignore-unknown-labels', 'leave out labels that are not in "classes" of the label file')
      .option('--batch <images>', 'images at a time', wholeNumber, 64)
      .option('--workers <threads>', 'decoding threads', wholeNumber, 1),
    addEngine,
  );

export const pathsArgument = () =>
  new Argument(
    '[paths...]',
    'JPEG, PNG or WebP files, folders of them, or quoted patterns such as "photos/**/*.jpg"',
  );

export const shardOption = () =>
  new Option('--shard <i/n>', 'every n-th photograph, from the i-th on; `merge` joins the files').argParser(
    shardOf,
  );

/** Adds the options that say on how many threads a command works. */
export const withThreadOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--workers <threads>', 'decoding threads (default: one for each core)').argParser(
        wholeNumber,
      ),
    )
    .option('--replicas <n>', 'copies of the model, each on a thread of its own', wholeNumber, 1);

/** Adds the options of a command that takes any number of photographs, beside `pathsArgument`. */
export const withBulkOptions = (command: Command): Command =>
  withThreadOptions(
    command.option('--from <file>', 'a list of paths, a line each, after those given; - for standard input'),
  );
