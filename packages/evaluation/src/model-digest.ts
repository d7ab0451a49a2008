import { createHash } from 'node:crypto';
import { engineName, kernelBuild } from '@polytag/engine';
import { exportParameters } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';

export interface ModelDigestOptions {
  /** Whether the engine counts, whose kernels differ in the last digits. Default true. */
  readonly computedBy?: boolean;
}

/**
 * Hash of everything that a model's scores and decisions depend on: labels, thresholds, calibration, preprocessing,
 * parts, weights, and the engine.
 *
 * @returns 64 hexadecimal digits
 */
export async function modelDigest(
  model: MultiLabelModel,
  { computedBy: hasEngine = true }: ModelDigestOptions = {},
): Promise<string> {
  const { labels, scale, thresholds, calibration, preprocessing, parts } = model;
  const names = [parts.backbone, parts.head].map(({ definition, options }) => [definition.name, options]);
  const { computedBy } = parts.backbone.part;
  const engine = hasEngine
    ? [engineName(), kernelBuild(), ...(computedBy === undefined ? [] : [computedBy])]
    : [];
  const hash = createHash('sha256');
  hash.update(JSON.stringify([labels.names, scale, thresholds, calibration, preprocessing, names, engine]));
  for (const [key, { shape, data }] of await exportParameters(model.parameters)) {
    hash.update(JSON.stringify([key, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
