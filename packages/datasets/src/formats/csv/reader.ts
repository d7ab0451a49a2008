import { fileOptions, onlyFile, type DatasetReader } from '../dataset-reader.js';
import type { FolderSketch } from '../folder-sketch.js';
import type { CsvOptions } from './read-csv.js';
import { csvSuspicions } from './csv-suspicions.js';
import { mark } from './mark.js';

/** Tables in the folder itself. */
const tablesIn = ({ files }: FolderSketch) =>
  files.filter((path) => /^[^/]+\.(?:csv|tsv|tab)$/i.test(path) && path !== 'nus_wid_data.csv');

const MEANINGS = ['unknown', 'absent', 'present'];

/** `csv`: tables of other tools. */
export const csvReader: DatasetReader<CsvOptions & { readonly file: readonly string[] }> = {
  name: 'csv',
  description:
    'CSV of another tool: a header line, then a line for each image, or for each label of an image',
  folder: `
  own.csv        choose with --file if there are several; one of
                   file,labels             images/1.jpg,dog|person   (one cell)
                   file,label              images/1.jpg,dog          (one label per row)
                   file,cat,dog,person     images/1.jpg,0,1,1        (a column for each label)
                 and a column split for train.json, val.json, …; without it, own.csv becomes own.json
  images/*.jpg   paths are relative to the folder

Delimiters, separators and columns are detected and printed; set them with the options below.
`,
  options: [
    {
      flags: '--file <file>',
      help: 'CSV file, relative to --from; may be repeated (default: the only one in the folder)',
      repeats: true,
    },
    {
      flags: '--layout <how>',
      help: 'how labels are written: all in one cell, one per row, or a column for each',
      choices: ['list', 'long', 'one-hot'],
    },
    {
      flags: '--file-column <name>',
      help: 'column of image paths (default: file, image, path, id …, or the first)',
    },
    {
      flags: '--labels-column <name>',
      help: 'column of labels (default: labels, tags, classes …, in any case)',
    },
    { flags: '--split-column <name>', help: 'column of splits (default: split, is_valid …)' },
    {
      flags: '--separator <text>',
      help: 'separator of the labels in a cell (default: | ; , a line break or a space)',
      parse: mark,
    },
    {
      flags: '--delimiter <text>',
      help: 'delimiter between cells; \\t is a tab (default: , ; a tab or |)',
      parse: mark,
    },
    {
      flags: '--extension <ending>',
      help: 'file extension of images that are listed without one, e.g. jpg (default: that of the file)',
    },
    {
      flags: '--unknown <as>',
      help: 'meaning of -1 and ? in a column for a label (default: unknown)',
      choices: MEANINGS,
    },
    {
      flags: '--empty <as>',
      help: 'meaning of an empty cell in such a column (default: unknown, or absent if no cell says no)',
      choices: MEANINGS,
    },
  ],
  suspicions: csvSuspicions,
  recognise(folder) {
    const tables = tablesIn(folder);
    return tables.length === 0 ? undefined : fileOptions(tables);
  },
  samples: async () => (await import('./samples.js')).csvSamples,
  async read(input) {
    const { readCsv } = await import('./read-csv.js');
    const { from, images = from } = input;
    return readCsv(await onlyFile(input, tablesIn), { ...input, images });
  },
};
