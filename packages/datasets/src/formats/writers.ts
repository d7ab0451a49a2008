/** `@polytag/datasets/writers`: the formats in which label files can be written for other programs. */
import { cocoWriter } from './coco/write-coco.js';
import { csvWriter } from './csv/write-csv.js';
import { jsonlWriter } from './jsonl/write-jsonl.js';
import type { LabelFileWriter } from './label-file-writer.js';
import { labelStudioWriter } from './label-studio/write-label-studio.js';

export type { LabelFileWriter, WriteOptions, WrittenLabels } from './label-file-writer.js';

export const labelFileWriters: readonly LabelFileWriter[] = [
  cocoWriter,
  csvWriter,
  jsonlWriter,
  labelStudioWriter,
];
