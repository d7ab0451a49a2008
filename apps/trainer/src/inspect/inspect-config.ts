import { configText, Progress, type Streams } from '@polytag/cli';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import { overlapWarnings } from '../run/data-warnings.js';
import { drawScenes } from '../run/run-data.js';
import { inspectLabelFiles, type OpeningOptions } from './inspect-data.js';

/**
 * Writes a config with every default and what is in its label files, and names the images that cannot be used and the
 * validation images that are training images too.
 *
 * @throws DataError `data/bad-images`
 */
export async function inspectRunConfig(
  config: RunConfig,
  options: OpeningOptions,
  streams: Streams,
): Promise<void> {
  streams.out.write(`${configText(config)}\n`);
  await drawScenes(config.data, new Progress(streams.err));
  const { train, val } = config.data;
  const files = (val === null ? [train] : [train, val]).map((file) => labelFilePath(config.data, file));
  await inspectLabelFiles(files, options, streams, async ([first, second]) => {
    if (!second) return;
    for (const line of await overlapWarnings(first, second)) streams.out.write(`${line}\n`);
  });
}
