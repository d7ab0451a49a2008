/** `@polytag/datasets/readers`: the formats that can be converted to label files, without the image decoder. */
import { cocoReader } from './coco/reader.js';
import { csvReader } from './csv/reader.js';
import type { DatasetReader } from './dataset-reader.js';
import { datumaroReader } from './datumaro/reader.js';
import { folderReader } from './folder/reader.js';
import { jsonReader } from './json/reader.js';
import { jsonlReader } from './jsonl/reader.js';
import { labelStudioReader } from './label-studio/reader.js';
import { nusWideReader } from './nus-wide/reader.js';
import { vg500Reader } from './vg500/reader.js';
import { vocReader } from './voc/reader.js';

export type { DatasetReader, ReaderInput, ReaderOption } from './dataset-reader.js';
export { sampleImages, type DatasetSample, type SampleContent, type SampleFiles } from './dataset-sample.js';
export { sketchFolder, type FolderSketch } from './folder-sketch.js';
export { publishedSet, type PublishedSet, type PublishedSplit } from './published-set.js';

/** All formats, in the order of the help. */
export const datasetReaders: readonly DatasetReader[] = [
  cocoReader,
  vocReader,
  nusWideReader,
  vg500Reader,
  csvReader,
  folderReader,
  jsonlReader,
  labelStudioReader,
  datumaroReader,
  jsonReader,
];
