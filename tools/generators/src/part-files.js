// The sources of a new part, by their paths in its package.

/** What a kind of part is made of beside its source. */
export const DEPENDENCIES = {
  head: ['@polytag/core', '@polytag/layers'],
  backbone: ['@polytag/core', '@polytag/layers'],
  loss: ['@polytag/core'],
};

export const SOURCES = {
  head: ({ name, camel, pascal }) => `import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { defineHead, type AppliedHead, type Head, type HeadContext } from '@polytag/core';
import { alongAxes, GlobalPool, Linear } from '@polytag/layers';
import * as z from 'zod';

export const ${camel}Schema = z.strictObject({
  /** How the cells of the feature map are pooled into one vector. Default \`avg\`. */
  pooling: z.enum(['avg', 'max', 'avg+max']).default('avg'),
});
export type ${pascal}Options = z.input<typeof ${camel}Schema>;

/** One linear layer on the pooled feature map: a place to begin. Outputs are logits. */
export function ${camel}(options: ${pascal}Options = {}): Head<'logits'> {
  const { pooling } = ${camel}Schema.parse(options);
  return {
    name: '${name}',
    space: 'logits',
    apply(featureMap: SymbolicTensor, { labels, seed }: HeadContext): AppliedHead {
      const pooled = new GlobalPool({ name: 'pool', pooling }).apply(featureMap) as SymbolicTensor;
      const classifier = new Linear({ name: 'classifier', units: labels.size, seed });
      return {
        outputs: classifier.apply(pooled) as SymbolicTensor,
        scale: 1,
        // Weights and biases have one row per label, so weights with the labels in another order can be loaded.
        byLabel: (key) => (key.startsWith('classifier.') ? alongAxes(0) : undefined),
      };
    },
  };
}

/** \`${name}\` for config files. */
export default defineHead({ name: '${name}', options: ${camel}Schema, create: ${camel} });
`,
  loss: ({ name, camel, pascal }) => `import {
  add,
  greaterEqual,
  mul,
  relu,
  sigmoid,
  softplus,
  square,
  sub,
  tidy,
  where,
  zerosLike,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { defineLoss, type ElementwiseLoss } from '@polytag/core';
import * as z from 'zod';

export const ${camel}Schema = z.strictObject({
  /** Weight of the squared error of the probability beside the cross entropy. Default 0. */
  squared: z.number().min(0).default(0),
});
export type ${pascal}Options = z.input<typeof ${camel}Schema>;

/**
 * Binary cross entropy of σ(scale·z), softplus(x) − y·x with x = scale·z, plus \`squared\`·(σ(x) − y)². Replace it with your own.
 */
export function ${camel}(options: ${pascal}Options = {}): ElementwiseLoss<'logits'> {
  const { squared } = ${camel}Schema.parse(options);
  return {
    name: '${name}',
    space: 'logits',
    elementwise: (outputs, targets, scale) =>
      tidy(() => {
        const logits = mul(outputs, scale) as Tensor2D;
        // Rounding can make values near 0 negative.
        const entropy = relu(sub(softplus(logits), mul(targets, logits)));
        const error = mul(square(sub(sigmoid(logits), targets)), squared);
        // A target below 0 is unknown: it adds nothing to the loss, and has no gradient.
        return where(greaterEqual(targets, 0), add(entropy, error), zerosLike(entropy)) as Tensor2D;
      }),
  };
}

/** \`${name}\` for config files. */
export default defineLoss({ name: '${name}', options: ${camel}Schema, create: ${camel} });
`,
  backbone: ({
    name,
    camel,
    pascal,
  }) => `import { defineBackbone, IMAGENET, type Backbone } from '@polytag/core';
import { BatchNorm, Convolution2D, pipe } from '@polytag/layers';
import * as z from 'zod';

export const ${camel}Schema = z.strictObject({
  /** Channels of the first stage; each further one doubles them. Default 16. */
  channels: z.int().min(1).default(16),
  /** Stages, each of which halves height and width. Default 3. */
  stages: z.int().min(1).max(6).default(3),
  /** Seeds the first weights. Default 0. */
  seed: z.int().default(0),
});
export type ${pascal}Options = z.input<typeof ${camel}Schema>;

/** Convolutions of stride 2, each with batch norm and ReLU: a place to begin. */
export function ${camel}(options: ${pascal}Options = {}): Backbone {
  const { channels, stages, seed } = ${camel}Schema.parse(options);
  const filtersOf = (stage: number) => channels * 2 ** stage;
  return {
    name: '${name}',
    featureChannels: filtersOf(stages - 1),
    stride: 2 ** stages,
    normalisation: IMAGENET,
    padding: 'symmetric',
    apply: (image) =>
      pipe(
        image,
        ...Array.from({ length: stages }, (_, stage) => [
          new Convolution2D({
            name: \`stages.\${stage}.conv\`,
            filters: filtersOf(stage),
            kernelSize: 3,
            stride: 2,
            seed,
          }),
          new BatchNorm({ name: \`stages.\${stage}.norm\`, activation: 'relu' }),
        ]).flat(),
      ),
  };
}

/** \`${name}\` for config files. */
export default defineBackbone({ name: '${name}', options: ${camel}Schema, create: ${camel} });
`,
};

const CHECKS = {
  head: { check: 'checkHead', call: 'checkHead(part)' },
  loss: { check: 'checkLoss', call: 'checkLoss(part)' },
  backbone: { check: 'checkBackbone', call: 'checkBackbone(part)' },
};

/** The spec of a part: the whole contract, by the conformance kit. */
export const specOf = (kind, { name }) => `import { useEngine } from '@polytag/engine';
import { ${CHECKS[kind].check} } from '@polytag/testing';
import part from './index.js';

it('${name} keeps the contract of a ${kind}', async () => {
  await useEngine('wasm');
  await ${CHECKS[kind].call};
});
`;

/** What a package of a part says of itself. */
export const readmeOf = (kind, { name, pascal }, packageName) => `# ${packageName}

${pascal}, a ${kind} for Polytag. In a config:

\`\`\`yaml
${kind}: { module: '${packageName}', options: {} }
\`\`\`

First, in this clone: \`npm install\` links the package, \`npx nx build ${name}\` builds it. If Nx says that the workspace is out of sync, run \`npx nx sync\`. Build again after each change.

\`npx nx test ${name}\` checks that it keeps the contract of a ${kind}.
`;
