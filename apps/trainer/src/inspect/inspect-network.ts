import type { Streams } from '@polytag/cli';
import { readLabelFile } from '@polytag/datasets';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import { buildModels, knowledgeOf } from '../run/build-models.js';
import { runContext } from '../run/run-context.js';
import { drawScenes } from '../run/run-data.js';
import { networkTable } from '../tables/network-table.js';

/**
 * Writes the parts of a config's models, made for the labels of its training images, with their weights and
 * multiply-adds.
 *
 * @param source what errors call the config: its file name
 */
export async function inspectNetworks(config: RunConfig, source: string, streams: Streams): Promise<void> {
  const context = runContext(streams, new AbortController().signal, source);
  await drawScenes(config.data, context.progress);
  const { train, unknownLabels, height, width } = config.data;
  const dataset = await readLabelFile(labelFilePath(config.data, train), { unknownLabels });
  await useConfiguredEngine(config);
  // Weights from a file would change no number.
  const { models } = await buildModels(config, knowledgeOf(dataset), context, { initialWeights: false });
  const tables = models.map((model) => {
    const { name } = model.backbone;
    const title = `${name} + ${model.head.name}, ${dataset.labels.size} labels, ${width} x ${height} pixels`;
    const text = networkTable(title, model.summarise());
    model.dispose();
    return text;
  });
  context.out.write(tables.join('\n'));
}
