import { collect, fraction, textEncoding, untilInterrupted, wholeNumber, type Streams } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import type { TextEncoding } from '@polytag/files';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadRunConfig } from '../config/load-run-config.js';
import type { LeaveOut } from '../inspect/data/write-cleaned.js';

/** Options of `inspect data`; those of the form with flags are some of them. */
export interface InspectDataArguments {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly quick?: boolean;
  readonly maxPixels?: number;
  readonly encoding?: TextEncoding;
  readonly similarity?: number;
  readonly json?: string;
  readonly report?: string;
  readonly write?: string;
  readonly leaveOut?: readonly LeaveOut[];
  readonly model?: string;
  readonly features?: boolean;
  readonly cosine?: number;
  readonly allowModules?: boolean;
}

export const quickOption = () =>
  new Option(
    '--quick',
    'do not decode the images; images with the same bytes in two label files are found all the same',
  );
export const maxPixelsOption = () =>
  new Option(
    '--max-pixels <n>',
    "most pixels that an image may have; each takes up to 4.4 bytes to decode (default: the config's, else 64 million)",
  ).argParser(wholeNumber);

const LEAVE_OUT: readonly LeaveOut[] = ['unreadable', 'exact', 'near'];

/** Options that need the images. */
const OPENING = ['similarity', 'model', 'features', 'cosine', 'json', 'report', 'write', 'leaveOut'];

/** `inspect data FILE…`: what is in label files, and what is wrong with their images and labels. */
export function dataCommand(streams: Streams): Command {
  return new Command('data')
    .description(
      'check label files: count labels, open each image, find copies (also between files), and write a clean file',
    )
    .argument('[files...]', 'label files (default: those of --config)')
    .option('--config <file>', 'config file (YAML): uses its label files and its data.maxPixels')
    .option('--set <key=value>', 'set one key of the config; may be given more than once', collect, [])
    .addOption(quickOption().conflicts([...OPENING]))
    .addOption(maxPixelsOption())
    .option(
      '--encoding <name>',
      'encoding of the label files: utf-8, utf-16le, utf-16be or windows-1252 (default: utf-8; a byte order mark takes precedence)',
      textEncoding,
    )
    .option(
      '--similarity <0..1>',
      'similarity from which two images are near duplicates (default: 0.93; photographs taken in series are below that)',
      fraction,
    )
    .option('--model <folder>', 'also find images with similar features of this model')
    .addOption(
      new Option(
        '--features',
        'also find images with similar features of the backbone of --config, with its weights',
      ).conflicts('model'),
    )
    .option(
      '--cosine <0..1>',
      'cosine similarity of features from which images count as similar (default: 0.9)',
      fraction,
    )
    .option('--allow-modules', 'allow code of the folder of --model, or of the package it names, to run')
    .option('--json <file>', 'also write all results as JSON')
    .option('--report <folder>', 'also write all results, with pictures, as a page: index.html')
    .option(
      '--write <path>',
      'write the label file without unusable images and copies; for several label files, a folder',
    )
    .addOption(
      new Option(
        '--leave-out <kinds>',
        'what --write leaves out: unreadable, exact, near; the first of several copies is kept (default: all three)',
      ).argParser(kindsToLeaveOut),
    )
    .action((files: readonly string[], options: InspectDataArguments) =>
      runInspectData(files, options, streams),
    );
}

/** Reads a config if one is named, and inspects its label files unless others are. */
export async function runInspectData(
  files: readonly string[],
  {
    config: source,
    set = [],
    maxPixels,
    leaveOut,
    model,
    features,
    allowModules,
    ...options
  }: InspectDataArguments,
  streams: Streams,
): Promise<void> {
  if (leaveOut && options.write === undefined) {
    throw new UsageError('usage/leave-out', '--leave-out works only with --write.', {
      hint: 'For example: polytag-train inspect data train.json --write cleaned.json --leave-out exact',
    });
  }
  if (set.length > 0 && source === undefined) {
    throw new UsageError('usage/set', '--set works only with --config.', {
      hint: 'Add --config FILE, or remove --set.',
    });
  }
  const config = source === undefined ? undefined : await loadRunConfig(source, set);
  if (files.length === 0 && !config) {
    throw new UsageError('usage/nothing-to-inspect', 'No label file was given.', {
      hint: 'For example: polytag-train inspect data train.json val.json',
    });
  }
  if (features && !config) {
    throw new UsageError('usage/features', '--features works only with --config.', {
      hint: 'Add --config FILE. To use a model folder, add --model FOLDER.',
    });
  }
  const { inspectData } = await import('../inspect/data/inspect-data.js');
  const { labelFilesOf } = await import('../inspect/inspect-config.js');
  const sources = files.length > 0 ? files : labelFilesOf(config!);
  await untilInterrupted((signal) =>
    inspectData(
      sources,
      {
        ...options,
        maxPixels: maxPixels ?? config?.data.maxPixels,
        leaveOut: new Set(leaveOut ?? LEAVE_OUT),
        ...(features && { features: { config: config!, source: source! } }),
        ...(model !== undefined && { features: { folder: model, allowModules } }),
      },
      streams,
      signal,
    ),
  );
}

function kindsToLeaveOut(text: string): readonly LeaveOut[] {
  const kinds = text.split(',').map((kind) => kind.trim());
  const isKind = (kind: string): kind is LeaveOut => (LEAVE_OUT as readonly string[]).includes(kind);
  if (kinds.every(isKind)) return kinds;
  throw new InvalidArgumentError(`Expected one or more of ${LEAVE_OUT.join(', ')}, separated by commas.`);
}
