import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from '@tensorflow/tfjs-core';
import type { MultiLabelModel } from '@polytag/model';

/** Weight files are cut so that browsers can cache them: tfjs's own default, 4 MiB. */
const SHARD_BYTES = 4 * 1024 * 1024;

/** What a page needs beside the network to turn a photograph into labels; written as `polytag.json`. */
export interface BrowserModelInfo {
  readonly labels: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** probability = sigmoid(scale · output) */
  readonly scale: number;
}

/**
 * Writes a model in TensorFlow.js layers format: `model.json`, weight shards, and `polytag.json`. A page
 * loads it with `tf.loadLayersModel('…/model.json')` after importing `@polytag/layers` (and the package of
 * its head), which registers the layer classes. The folder is written aside and renamed.
 *
 * @param model the model to write; it is not changed
 * @param folder must not exist yet, or is replaced
 */
export async function exportTfjs(model: MultiLabelModel, folder: string): Promise<void> {
  const aside = `${folder}.incomplete`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  await model.network.save(
    io.withSaveHandler(async (artifacts) => {
      const bytes = new Uint8Array(io.CompositeArrayBuffer.join(artifacts.weightData ?? new ArrayBuffer(0)));
      const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
      const paths = Array.from({ length: count }, (_, i) => `weights-${i + 1}-of-${count}.bin`);
      for (const [i, path] of paths.entries()) {
        await writeFile(join(aside, path), bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES));
      }
      const manifest = {
        format: 'layers-model',
        generatedBy: 'polytag',
        modelTopology: artifacts.modelTopology,
        weightsManifest: [{ paths, weights: artifacts.weightSpecs }],
      };
      await writeFile(join(aside, 'model.json'), JSON.stringify(manifest));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const info: BrowserModelInfo = {
    labels: model.labels.names,
    height: model.preprocessing.height,
    width: model.preprocessing.width,
    normalisation: model.preprocessing.normalisation,
    scale: model.scale,
  };
  await writeFile(join(aside, 'polytag.json'), JSON.stringify(info, null, 2));
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder);
}
