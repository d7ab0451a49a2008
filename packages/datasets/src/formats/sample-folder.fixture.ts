import { join } from 'node:path';
import type { DatasetReader } from './dataset-reader.js';
import { sampleImages, type DatasetSample, type SampleContent } from './dataset-sample.js';
import { DataFolder } from './folder.fixture.js';
import type { LabelledSplit } from './labelled-split.js';
import { datasetReaders } from './readers.js';

/** Every sample of every reader, named for `it.each`. */
export const everySample: readonly (readonly [name: string, reader: DatasetReader, sample: DatasetSample])[] =
  (
    await Promise.all(
      datasetReaders.map(async (reader) =>
        (await reader.samples()).map(
          (sample) => [[reader.name, sample.layout].filter(Boolean).join(', '), reader, sample] as const,
        ),
      ),
    )
  ).flat();

/** Writes a sample into a folder, with its images. */
export async function writeSample(
  folder: DataFolder,
  sample: DatasetSample,
  content: SampleContent,
): Promise<void> {
  await folder.touch(...sampleImages(content).map(({ file }) => file));
  await folder.write(sample.write(content).files);
}

/** Reads what `writeSample` wrote, as `prepare` does. */
export function readSample(
  folder: DataFolder,
  reader: DatasetReader,
  sample: DatasetSample,
  content: SampleContent,
): Promise<readonly LabelledSplit[]> {
  const { options } = sample.write(content);
  const images =
    typeof options['images'] === 'string' ? { images: join(folder.path, options['images']) } : {};
  return reader.read({ from: folder.path, ...options, ...images });
}
