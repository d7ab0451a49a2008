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
        'tensor engine; onnx: onnxruntime, for a folder written by export --format onnx',
      )
        .choices(['wasm', 'cpu', 'webgpu', 'onnx'])
        .default('wasm'),
    )
    .addOption(
      new Option('--threads <n>', 'number of threads, for --engine onnx (default: 1)').argParser(wholeNumber),
    );

export const maxPixelsOption = () =>
  new Option(
    '--max-pixels <n>',
    'most pixels that an image may have; each takes up to 4.4 bytes to decode (default: 64 million)',
  ).argParser(wholeNumber);

const strictOption = () => new Option('--strict', 'stop at the first image that cannot be used');

export const allowModulesOption = () =>
  new Option('--allow-modules', 'allow code of the model folder, or of the package it names, to run');

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
      .option('--ignore-unknown-labels', 'ignore labels that are not in "classes" of the label file')
      .option('--batch <images>', 'batch size', wholeNumber, 64)
      .option('--workers <threads>', 'number of decoding threads', wholeNumber, 1),
    addEngine,
  );

export const pathsArgument = () =>
  new Argument(
    '[paths...]',
    'JPEG, PNG or WebP files, folders of them, or quoted patterns such as "photos/**/*.jpg"',
  );

export const shardOption = () =>
  new Option(
    '--shard <i/n>',
    'use every n-th photograph, from the i-th on; `merge` joins the files',
  ).argParser(shardOf);

/** Adds the options that say on how many threads a command works. */
export const withThreadOptions = (command: Command): Command =>
  command
    .addOption(
      new Option('--workers <threads>', 'number of decoding threads (default: one per core)').argParser(
        wholeNumber,
      ),
    )
    .option('--replicas <n>', 'number of copies of the model, each on its own thread', wholeNumber, 1);

/** Adds the options of a command that takes any number of photographs, beside `pathsArgument`. */
export const withBulkOptions = (command: Command): Command =>
  withThreadOptions(
    command.option('--from <file>', 'list with one path per line, after those given; - reads standard input'),
  );
