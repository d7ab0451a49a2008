import { LABEL_FILES, type DatasetReader } from '../dataset-reader.js';
import type { NusWideOptions } from './read-nus-wide.js';

/** `nus-wide`: NUS-WIDE in either of its distributions. */
export const nusWideReader: DatasetReader<Pick<NusWideOptions, 'distribution'>> = {
  name: 'nus-wide',
  description: 'NUS-WIDE, in the split of the asymmetric loss (used by the paper) or the original split',
  folder: `
  nus_wid_data.csv                       -> train.json, val.json
  images/*.jpg                           or beside the file

or, as distributed by its authors:

  ImageList/TrainImagelist.txt           -> train.json
  ImageList/TestImagelist.txt            -> val.json
  Groundtruth/TrainTestLabels/*.txt
  Concepts81.txt                         or in ConceptsList/
  Flickr/*/*.jpg                         or in images/
`,
  options: [
    {
      flags: '--distribution <which>',
      help: 'which of them to read, if both are present',
      choices: ['asl', 'original'],
    },
  ],
  progress: { unit: 'lists', steps: 1 },
  // As papers report them; the second part was counted in the authors' label file.
  published: [
    {
      name: 'NUS-WIDE',
      classes: 81,
      splits: { train: { images: [119_103] }, val: { images: [50_720], meanLabels: '2.44' } },
    },
  ],
  labelFiles: () => LABEL_FILES,
  recognise: ({ files }) =>
    files.some((path) => /^(?:nus_wid_data\.csv|ImageList\/TrainImagelist\.txt)$/.test(path))
      ? ''
      : undefined,
  samples: async () => (await import('./samples.js')).nusWideSamples,
  async read(input) {
    const { readNusWide } = await import('./read-nus-wide.js');
    return readNusWide(input.from, input);
  },
};
