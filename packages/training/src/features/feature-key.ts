import { createHash, type Hash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { engineName, kernelBuild } from '@polytag/engine';
import { readTextFile } from '@polytag/files';
import { exportParameters } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';

/** Raised when feature maps are computed or stored in another way. */
const VERSION = 1;

/**
 * A name for everything but the image that a feature map depends on: the backbone with its options and weights, the
 * preprocessing, and what computes (engines round differently). Of a backbone from a module of its own the module's text
 * counts too, but not what that imports.
 *
 * @returns 32 hexadecimal digits
 */
export async function featureKey(model: MultiLabelModel): Promise<string> {
  const { definition, module, options, file } = model.parts.backbone;
  const hash = createHash('sha256');
  say(hash, {
    version: VERSION,
    backbone: definition.name,
    // The seed makes initial weights, and those are told below.
    // Nor is it the place of a file that counts, but its digest, which is an option too.
    options: { ...options, seed: undefined, ...(file && { file: undefined }) },
    // Undefined is not told: most heads read the map alone.
    classToken: model.head.needsClassToken || undefined,
    views: model.views,
    computedBy: model.backbone.computedBy,
    preprocessing: model.preprocessing,
    engine: engineName(),
    kernels: kernelBuild(),
  });
  if (module !== undefined)
    say(
      hash,
      isAbsolute(module)
        ? await readTextFile(module, { what: 'module', kind: 'usage', maxBytes: 64e6 })
        : module,
    );
  const backbone = model.parameters.filter(({ key }) => model.isBackboneKey(key));
  for (const [key, { shape, data }] of await exportParameters(backbone)) {
    say(hash, [key, shape]);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, 32);
}

/** Each value is told with its length, so that no two rows of values are told alike. */
function say(hash: Hash, value: unknown): void {
  const text = JSON.stringify(value);
  hash.update(`${text.length}:${text}`);
}
