import { io } from '@tensorflow/tfjs-core';
import type { MultiLabelModel } from '@polytag/model';
import { modelInfo } from '../model-info.js';
import { asFloat16 } from './float16-weights.js';

/** Weight files are cut so that browsers can cache them: tfjs's own default, 4 MiB. */
const SHARD_BYTES = 4 * 1024 * 1024;

export interface ExportTfjsOptions {
  /**
   * How weights are stored. `float16` halves the download and rounds each weight to 11 significant bits; the page still
   * has float32. Default `float32`.
   */
  readonly weights?: 'float32' | 'float16';
}

/** The files of `exportTfjs` by name. */
export async function tfjsFiles(
  model: MultiLabelModel,
  { weights = 'float32' }: ExportTfjsOptions = {},
): Promise<Record<string, Uint8Array | string>> {
  return {
    ...(await networkFiles(model.network, weights)),
    'polytag.json': `${JSON.stringify(modelInfo(model), null, 2)}\n`,
  };
}

async function networkFiles(
  network: MultiLabelModel['network'],
  stored: 'float32' | 'float16',
): Promise<Record<string, Uint8Array | string>> {
  const files: Record<string, Uint8Array | string> = {};
  await network.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const joined = new Uint8Array(io.CompositeArrayBuffer.join(weightData ?? new ArrayBuffer(0)));
      const { bytes, specs } =
        stored === 'float16' ? asFloat16(joined, weightSpecs ?? []) : { bytes: joined, specs: weightSpecs };
      const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
      const paths = Array.from({ length: count }, (_, i) => `weights-${i + 1}-of-${count}.bin`);
      paths.forEach((path, i) => (files[path] = bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES)));
      files['model.json'] = JSON.stringify({
        format: 'layers-model',
        generatedBy: 'polytag',
        modelTopology,
        weightsManifest: [{ paths, weights: specs }],
      });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return files;
}
