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
  description: 'CSV of another tool: a line for each image, or for each label of an image, below a header',
  folder: `
  own.csv        named with --file where there are several; one of
                   file,labels             images/1.jpg,dog|person   (one cell)
                   file,label              images/1.jpg,dog          (one label a row)
                   file,cat,dog,person     images/1.jpg,0,1,1        (a column for each label)
                 and a column split for train.json, val.json, …; without it, own.csv becomes own.json
  images/*.jpg   paths are relative to the folder

What divides cells and labels, and which column is what, is found by looking; what was found is told, and an
option says otherwise.
`,
  options: [
    {
      flags: '--file <file>',
      help: 'CSV file, relative to --from; may be repeated (default: the only one there)',
      repeats: true,
    },
    {
      flags: '--layout <how>',
      help: 'how labels are said: in one cell, one a row, or in a column for each',
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
      help: 'between the labels of a cell (default: | ; , a line break or a space)',
      parse: mark,
    },
    {
      flags: '--delimiter <text>',
      help: 'between cells; \\t is a tab (default: , ; a tab or |)',
      parse: mark,
    },
    {
      flags: '--extension <ending>',
      help: 'of images that are named without one, e.g. jpg (default: that of the file)',
    },
    {
      flags: '--unknown <as>',
      help: 'what -1 and ? say in a column for a label (default: unknown)',
      choices: MEANINGS,
    },
    {
      flags: '--empty <as>',
      help: 'what an empty cell says there (default: unknown, or absent where no cell says no)',
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
