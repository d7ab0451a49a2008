import { join, resolve } from 'node:path';
import type { Streams } from '@polytag/cli';
import type { CsvLayout, UnknownAs } from '@polytag/datasets';
import { UsageError } from '@polytag/core';
import type { TextEncoding } from '@polytag/files';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PrepareJob } from '../prepare/prepare-splits.js';
import { collect } from './collect.js';
import { textEncoding } from './text-encoding.js';

/** `prepare FORMAT`: a data set as it is published becomes label files that the other commands read. */
export function prepareCommand(streams: Streams): Command {
  return new Command('prepare')
    .description('make label files from a data set as it is published, from CSV, or from label files')
    .addCommand(cocoCommand(streams))
    .addCommand(vocCommand(streams))
    .addCommand(nusWideCommand(streams))
    .addCommand(vg500Command(streams))
    .addCommand(csvCommand(streams))
    .addCommand(jsonCommand(streams));
}

/** Readers bring the decoder of images with them: they are loaded when there is something to read. */
const readers = () => import('@polytag/datasets');

async function prepareSplits(job: PrepareJob): Promise<void> {
  const prepare = await import('../prepare/prepare-splits.js');
  await prepare.prepareSplits(job);
}

/** Options of every format. */
interface Shared {
  from: string;
  images?: string;
  out?: string;
  skipMissing?: boolean;
  normaliseLabels?: boolean;
  encoding?: TextEncoding;
  force?: boolean;
}

/** Label files that the configs of the paper expect: what is trained on, and what is scored on. */
const NAMES = ['train.json', 'val.json'];

function formatCommand(name: string, description: string, picture: string, from?: string): Command {
  const option = new Option('--from <folder>', 'the data set').makeOptionMandatory();
  return new Command(name)
    .description(description)
    .addOption(from === undefined ? option : option.default(from))
    .option('--images <folder>', 'where its images are, if not in the data set')
    .option(
      '--out <folder>',
      'where the label files go (default: into the data set); images stay where they are',
    )
    .option('--skip-missing', 'leave out images that are not on disk, and count them')
    .option(
      '--normalise-labels',
      'give labels one spelling that differ only in case, Unicode form, white space or characters that cannot be seen',
    )
    .option(
      '--encoding <name>',
      'of files of text: utf-8, utf-16le, utf-16be or windows-1252 (default: utf-8; a byte order mark overrules it)',
      textEncoding,
    )
    .option('--force', 'overwrite label files')
    .addHelpText('after', `\nThe folder, with its defaults:\n${picture}`);
}

interface SplitNames {
  train: string;
  val: string | false;
}

const splitsOf = ({ train, val }: SplitNames) => (val === false ? [train] : [train, val]);

/** The part of a job that the shared options say. */
const shared = ({ from, out = from, force, normaliseLabels }: Shared) => ({ out, force, normaliseLabels });

function cocoCommand(streams: Streams): Command {
  interface Options extends Shared, SplitNames {
    keepUnlabelled?: boolean;
  }
  return formatCommand(
    'coco',
    'COCO 2014, or any object annotations in its format',
    `
  annotations/instances_train2014.json   -> train.json
  annotations/instances_val2014.json     -> val.json
  train2014/*.jpg  val2014/*.jpg         or in images/train2014/, in images/, or beside each other
`,
  )
    .option(
      '--train <split>',
      'split to train on: annotations/instances_SPLIT.json, or a .json file',
      'train2014',
    )
    .option('--val <split>', 'split to score on', 'val2014')
    .option('--no-val', 'make train.json only')
    .option('--keep-unlabelled', 'keep images without annotations, as all-negative ones')
    .action((options: Options) => {
      const { from, images = from, keepUnlabelled, skipMissing, encoding } = options;
      const files = splitsOf(options).map((split) =>
        split.endsWith('.json') ? resolve(from, split) : join(from, 'annotations', `instances_${split}.json`),
      );
      return prepareSplits({
        ...{ format: 'coco', ...shared(options), streams, names: NAMES.slice(0, files.length) },
        unit: { name: 'MB', size: 1e6 },
        read: async (tell) =>
          (await readers()).readCoco(files, { images, keepUnlabelled, skipMissing, encoding, ...tell }),
      });
    });
}

function vocCommand(streams: Streams): Command {
  interface Options extends Shared, SplitNames {
    difficult: 'keep' | 'ignore';
  }
  return formatCommand(
    'voc',
    'PASCAL VOC 2007 or 2012',
    `
  ImageSets/Main/trainval.txt            -> train.json
  ImageSets/Main/test.txt                -> val.json
  Annotations/*.xml
  JPEGImages/*.jpg
`,
  )
    .option('--train <split>', 'split to train on: ImageSets/Main/SPLIT.txt', 'trainval')
    .option('--val <split>', 'split to score on', 'test')
    .option('--no-val', 'make train.json only')
    .addOption(
      new Option('--difficult <what>', 'keep objects marked difficult, as the paper does, or ignore them')
        .choices(['keep', 'ignore'])
        .default('keep'),
    )
    .action((options: Options) => {
      const { from, images, difficult, skipMissing, encoding } = options;
      const splits = splitsOf(options);
      return prepareSplits({
        ...{ format: 'voc', ...shared(options), streams, names: NAMES.slice(0, splits.length) },
        unit: { name: 'annotations', size: 1 },
        read: async (tell) =>
          (await readers()).readVoc(from, splits, { images, difficult, skipMissing, encoding, ...tell }),
      });
    });
}

function nusWideCommand(streams: Streams): Command {
  interface Options extends Shared {
    distribution?: 'asl' | 'original';
  }
  return formatCommand(
    'nus-wide',
    'NUS-WIDE, in the split of the asymmetric loss, which the paper uses, or the original one',
    `
  nus_wid_data.csv                       -> train.json, val.json
  images/*.jpg                           or beside the file

or, as its authors distribute it:

  ImageList/TrainImagelist.txt           -> train.json
  ImageList/TestImagelist.txt            -> val.json
  Groundtruth/TrainTestLabels/*.txt
  Concepts81.txt                         or in ConceptsList/
  Flickr/*/*.jpg                         or in images/
`,
  )
    .addOption(
      new Option('--distribution <which>', 'which of them, where both are there').choices([
        'asl',
        'original',
      ]),
    )
    .action((options: Options) => {
      const { from, images, distribution, skipMissing, encoding } = options;
      return prepareSplits({
        ...{ format: 'nus-wide', ...shared(options), streams, names: NAMES },
        unit: { name: 'lists', size: 1 },
        read: async (tell) =>
          (await readers()).readNusWide(from, { images, distribution, skipMissing, encoding, ...tell }),
      });
    });
}

function vg500Command(streams: Streams): Command {
  return formatCommand(
    'vg500',
    'VG500, the split of Visual Genome by SSGRL',
    `
  train_list_500.txt                     -> train.json
  test_list_500.txt                      -> val.json
  vg_category_500_labels_index.json
  VG_100K/*.jpg  VG_100K_2/*.jpg         or all in one of them
`,
  ).action((options: Shared) => {
    const { from, images, skipMissing, encoding } = options;
    return prepareSplits({
      ...{ format: 'vg500', ...shared(options), streams, names: NAMES },
      unit: { name: 'lists', size: 1 },
      read: async ({ onNote }) =>
        (await readers()).readVg500(from, { images, skipMissing, encoding, onNote }),
    });
  });
}

function csvCommand(streams: Streams): Command {
  interface Options extends Shared {
    file: string[];
    layout?: CsvLayout;
    fileColumn?: string;
    labelsColumn?: string;
    splitColumn?: string;
    separator?: string;
    delimiter?: string;
    extension?: string;
    unknown?: UnknownAs;
    empty?: UnknownAs;
  }
  const meanings = ['unknown', 'absent', 'present'];
  return formatCommand(
    'csv',
    'CSV of another tool: a line for each image, or for each label of an image, below a header',
    `
  own.csv        named with --file; one of
                   file,labels             images/1.jpg,dog|person   (one cell)
                   file,label              images/1.jpg,dog          (one label a row)
                   file,cat,dog,person     images/1.jpg,0,1,1        (a column for each label)
                 and a column split for train.json, val.json, …; without it, own.csv becomes own.json
  images/*.jpg   paths are relative to the folder

What divides cells and labels, and which column is what, is found by looking; what was found is told, and an
option says otherwise.
`,
  )
    .option('--file <file>', 'CSV file, relative to --from; may be repeated', collect, [])
    .addOption(
      new Option(
        '--layout <how>',
        'how labels are said: in one cell, one a row, or in a column for each',
      ).choices(['list', 'long', 'one-hot']),
    )
    .option('--file-column <name>', 'column of image paths (default: file, image, path, id …, or the first)')
    .option('--labels-column <name>', 'column of labels (default: labels, tags, classes …, in any case)')
    .option('--split-column <name>', 'column of splits (default: split, is_valid …)')
    .option(
      '--separator <text>',
      'between the labels of a cell (default: | ; , a line break or a space)',
      mark,
    )
    .option('--delimiter <text>', 'between cells; \\t is a tab (default: , ; a tab or |)', mark)
    .option(
      '--extension <ending>',
      'of images that are named without one, e.g. jpg (default: that of the file)',
    )
    .addOption(
      new Option('--unknown <as>', 'what -1 and ? say in a column for a label (default: unknown)').choices(
        meanings,
      ),
    )
    .addOption(
      new Option(
        '--empty <as>',
        'what an empty cell says there (default: unknown, or absent where no cell says no)',
      ).choices(meanings),
    )
    .action((options: Options) => {
      const { from, images = from, file, ...reading } = options;
      const files = file.map((name) => resolve(from, name));
      return prepareSplits({
        ...{ format: 'csv', ...shared(options), streams },
        unit: { name: 'files', size: 1 },
        read: async ({ onNote }) => (await readers()).readCsv(files, { ...reading, images, onNote }),
      });
    });
}

function jsonCommand(streams: Streams): Command {
  interface Options extends Shared {
    file: string[];
  }
  return formatCommand(
    'json',
    'label files: an image that is listed several times becomes one, and on request so do spellings of a label',
    `
  train.json     named with --file       -> OUT/train.json
  images/*.jpg   paths are relative to the file
`,
    '.',
  )
    .option('--file <file>', 'label file in the folder; may be repeated', collect, [])
    .action((options: Options) => {
      const { from, images, file, skipMissing, encoding, normaliseLabels } = options;
      if (file.length === 0) {
        throw new UsageError('usage/no-files', 'No label file was named.', {
          hint: 'For example: polytag-train prepare json --file train.json --normalise-labels --out merged',
        });
      }
      const files = file.map((name) => resolve(from, name));
      return prepareSplits({
        ...{ format: 'json', ...shared(options), streams },
        unit: { name: 'files', size: 1 },
        read: async ({ onNote }) =>
          (await readers()).readLabelFiles(files, { images, skipMissing, encoding, normaliseLabels, onNote }),
      });
    });
}

const MARKS: Readonly<Record<string, string>> = { '\\t': '\t', '\\n': '\n', tab: '\t', space: ' ' };

/** A mark between cells or labels; one that a shell makes hard to write has a name. */
function mark(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must not be empty.');
  return MARKS[text.toLowerCase()] ?? text;
}
