import { dirname, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';
import { readLabelFile } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { labelFilePath } from '../config/label-file-path.js';
import type { RunConfig } from '../config/run-config.js';
import { buildModels, knowledgeOf } from '../run/build-models.js';
import { drawScenes } from '../run/draw-scenes.js';
import { networkTable } from '../tables/network-table.js';

/**
 * Writes the parts of a config's models, made for the labels of its training images, with their weights and
 * multiply-adds.
 *
 * @param source what errors call the config: its file name
 */
export async function inspectNetworks(
  config: RunConfig,
  source: string,
  { out, err }: Streams,
): Promise<void> {
  const progress = new Progress(err);
  await drawScenes(config.data, progress);
  const { train, unknownLabels, height, width } = config.data;
  const dataset = await readLabelFile(labelFilePath(config.data, train), { unknownLabels });
  await useEngine(config.engine);
  const place = { source, baseFolder: resolve(dirname(source)) };
  // As if resumed: weights from a file would change no number.
  const { models } = await buildModels(config, knowledgeOf(dataset), { ...place, resume: true, progress });
  const tables = models.map((model) => {
    const { name } = model.backbone;
    const title = `${name} + ${model.head.name}, ${dataset.labels.size} labels, ${width} x ${height} pixels`;
    const text = networkTable(title, model.summarise());
    model.dispose();
    return text;
  });
  out.write(tables.join('\n'));
}
