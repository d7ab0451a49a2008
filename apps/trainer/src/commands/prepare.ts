import { join, resolve } from 'node:path';
import type { Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import type { PrepareJob } from '../prepare/prepare-splits.js';
import { collect } from './collect.js';

/** `prepare FORMAT`: a data set as it is published becomes label files that the other commands read. */
export function prepareCommand(streams: Streams): Command {
  return new Command('prepare')
    .description('make label files from a data set as it is published, or from CSV')
    .addCommand(cocoCommand(streams))
    .addCommand(vocCommand(streams))
    .addCommand(nusWideCommand(streams))
    .addCommand(vg500Command(streams))
    .addCommand(csvCommand(streams));
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
  force?: boolean;
}

/** Label files that the configs of the paper expect: what is trained on, and what is scored on. */
const NAMES = ['train.json', 'val.json'];

function formatCommand(name: string, description: string, picture: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--from <folder>', 'the data set')
    .option('--images <folder>', 'where its images are, if not in the data set')
    .option(
      '--out <folder>',
      'where the label files go (default: into the data set); images stay where they are',
    )
    .option('--skip-missing', 'leave out images that are not on disk, and count them')
    .option('--force', 'overwrite label files')
    .addHelpText('after', `\nThe folder, with its defaults:\n${picture}`);
}

interface SplitNames {
  train: string;
  val: string | false;
}

const splitsOf = ({ train, val }: SplitNames) => (val === false ? [train] : [train, val]);

/** The part of a job that the shared options say. */
const shared = ({ from, out = from, force }: Shared) => ({ out, force });

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
      const { from, images = from, keepUnlabelled, skipMissing } = options;
      const files = splitsOf(options).map((split) =>
        split.endsWith('.json') ? resolve(from, split) : join(from, 'annotations', `instances_${split}.json`),
      );
      return prepareSplits({
        ...{ format: 'coco', ...shared(options), streams, names: NAMES.slice(0, files.length) },
        unit: { name: 'MB', size: 1e6 },
        read: async (onProgress) =>
          (await readers()).readCoco(files, { images, keepUnlabelled, skipMissing, onProgress }),
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
      const { from, images, difficult, skipMissing } = options;
      const splits = splitsOf(options);
      return prepareSplits({
        ...{ format: 'voc', ...shared(options), streams, names: NAMES.slice(0, splits.length) },
        unit: { name: 'annotations', size: 1 },
        read: async (onProgress) =>
          (await readers()).readVoc(from, splits, { images, difficult, skipMissing, onProgress }),
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
      const { from, images, distribution, skipMissing } = options;
      return prepareSplits({
        ...{ format: 'nus-wide', ...shared(options), streams, names: NAMES },
        unit: { name: 'lists', size: 1 },
        read: async (onProgress) =>
          (await readers()).readNusWide(from, { images, distribution, skipMissing, onProgress }),
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
    const { from, images, skipMissing } = options;
    return prepareSplits({
      ...{ format: 'vg500', ...shared(options), streams, names: NAMES },
      unit: { name: 'lists', size: 1 },
      read: async () => (await readers()).readVg500(from, { images, skipMissing }),
    });
  });
}

function csvCommand(streams: Streams): Command {
  interface Options extends Shared {
    file: string[];
    fileColumn?: string;
    labelsColumn?: string;
    splitColumn?: string;
    separator: string;
    delimiter: string;
  }
  return formatCommand(
    'csv',
    'CSV of another tool: a line for each image, below a header',
    `
  own.csv        named with --file; one of
                   file,labels             images/1.jpg,dog|person   (one cell)
                   file,cat,dog,person     images/1.jpg,0,1,1        (a column for each label)
                 and a column split for train.json, val.json, …; without it, own.csv becomes own.json
  images/*.jpg   paths are relative to the folder
`,
  )
    .option('--file <file>', 'CSV file in the folder; may be repeated', collect, [])
    .option('--file-column <name>', 'column of image paths (default: the first)')
    .option('--labels-column <name>', 'column of labels (default: labels or label, if there is one)')
    .option('--split-column <name>', 'column of splits (default: split, if there is one)')
    .option('--separator <text>', 'between the labels of a cell', '|')
    .option('--delimiter <text>', 'between cells; \\t is a tab', ',')
    .action((options: Options) => {
      const { from, images = from, skipMissing, separator, fileColumn, labelsColumn, splitColumn } = options;
      const files = options.file.map((name) => resolve(from, name));
      const delimiter = options.delimiter.replace('\\t', '\t');
      const columns = { fileColumn, labelsColumn, splitColumn };
      return prepareSplits({
        ...{ format: 'csv', ...shared(options), streams },
        unit: { name: 'files', size: 1 },
        read: async () =>
          (await readers()).readCsv(files, { images, skipMissing, separator, delimiter, ...columns }),
      });
    });
}
