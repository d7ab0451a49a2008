import { defineHead } from '@polytag/core';
import { alongAxes, GlobalPool, Linear } from '@polytag/layers';
import { layers } from '@tensorflow/tfjs';
import * as z from 'zod';

/**
 * A linear classifier on gated features, as in squeeze-and-excitation. In a config:
 *   head: { module: polytag-example-own-head, options: { reduction: 4 } }
 */
export default defineHead({
  name: 'gated',
  // strictObject refuses a misspelt option.
  options: z.strictObject({ reduction: z.int().min(1).default(4) }),
  create: ({ reduction }) => ({
    name: 'gated',
    space: 'logits',
    apply(featureMap, { labels, seed }) {
      const channels = featureMap.shape[3];
      const pooled = new GlobalPool({ name: 'pool' }).apply(featureMap);
      const hidden = new Linear({
        name: 'gate.0',
        units: Math.max(1, Math.floor(channels / reduction)),
        seed,
      }).apply(pooled);
      const gate = new Linear({ name: 'gate.1', units: channels, seed: seed + 1 }).apply(
        layers.activation({ activation: 'tanh', name: 'gate.tanh' }).apply(hidden),
      );
      const open = layers.activation({ activation: 'sigmoid', name: 'gate.sigmoid' }).apply(gate);
      const features = layers.multiply({ name: 'gated' }).apply([pooled, open]);
      return {
        outputs: new Linear({ name: 'classifier', units: labels.size, seed: seed + 2 }).apply(features),
        scale: 1,
        // Each row of the classifier belongs to a label, so weights with the labels in another order can be loaded.
        byLabel: (key) => (key.startsWith('classifier.') ? alongAxes(0) : undefined),
      };
    },
  }),
});
