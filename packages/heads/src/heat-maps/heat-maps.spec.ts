import { add, mean, memory, mul, square, tensor, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { model, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Head, HeadContext } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { assignParameters, exportParameters, parametersOf } from '@polytag/layers';
import fc from 'fast-check';
import { csraHead } from '../csra/index.js';
import { gcnHead } from '../gcn/index.js';
import { applied, randomTensor, run } from '../head-model.fixture.js';
import { linearHead } from '../linear/index.js';
import { mlDecoderHead } from '../ml-decoder/index.js';

beforeAll(() => useEngine('wasm'));

const LABELS = 5;
const penultimate = (batchNorm: boolean): HeadContext['backbone']['penultimate'] => ({
  width: 6,
  batchNorm,
  epsilon: 1e-5,
  names: { linear: 'c.0', batchNorm: batchNorm ? 'c.1' : '', activation: 'c.2', classifier: 'c.4' },
  linearIsConvolution: !batchNorm,
});

/** A head with random weights and statistics, and the network of its heat maps. */
function withMaps(head: Head, hidden?: boolean): { built: LayersModel; maps: LayersModel; kind: string } {
  const backbone = { featureChannels: 8, ...(hidden !== undefined && { penultimate: penultimate(hidden) }) };
  const { built, heatMaps } = applied(head, LABELS, { backbone });
  parametersOf(built).forEach(({ key, variable, buffer }, i) => {
    // The graph of the labels stays one.
    if (key === 'A') return;
    const values = randomTensor(variable.shape as number[], 100 + i);
    variable.write(buffer ? add(square(values), 0.1) : mul(values, 0.6));
  });
  const { maps, kind } = heatMaps!();
  return { built, kind, maps: model({ inputs: built.inputs, outputs: maps }) };
}

const spaces = ['logits', 'cosines'] as const;
const poolings = ['avg', 'max', 'avg+max'] as const;
const exact: [string, () => ReturnType<typeof withMaps>][] = spaces.flatMap((space) => [
  ...poolings.flatMap((pooling): [string, () => ReturnType<typeof withMaps>][] => [
    [`linear, ${pooling}, ${space}`, () => withMaps(linearHead({ space, pooling }))],
    [
      `linear with a hidden layer, ${pooling}, ${space}`,
      () => withMaps(linearHead({ space, pooling }), false),
    ],
    [`linear with batch norm, ${pooling}, ${space}`, () => withMaps(linearHead({ space, pooling }), true)],
    [`gcn, ${pooling}, ${space}`, () => withMaps(gcnHead({ space, pooling, wordDimension: 3 }))],
  ]),
  [`csra, ${space}`, () => withMaps(csraHead({ space, temperatures: [0, 1, 3, 'max'], lambda: 0.4 }))],
]);

it.each(exact)('%s: the mean of a map over its cells is the output of its label', (_, make) => {
  const { built, maps, kind } = make();
  expect(kind).toBe('contributions');
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (seed, h, w) => {
      const before = memory().numTensors;
      const x = randomTensor([2, h, w, 8], seed) as Tensor4D;
      const map = maps.apply(x, { training: false }) as Tensor;
      expect(map.shape).toEqual([2, h, w, LABELS]);
      const pooled = mean(map, [1, 2]);
      const means = [...pooled.dataSync()];
      run(built, x).forEach((output, i) => expect(means[i]).toBeCloseTo(output, 4));
      // What `run` made is left.
      for (const one of [x, map, pooled]) one.dispose();
      expect(memory().numTensors - before).toBe(1);
    }),
    { seed: 1, numRuns: 8 },
  );
});

it('gives what speaks for a label in its own cell', () => {
  const head = applied(linearHead(), 2, { backbone: { featureChannels: 2 } });
  const [weight, bias] = [
    [1, 0, -3, 2],
    [0.5, 0],
  ];
  assignParameters(parametersOf(head.built), (key) =>
    key.endsWith('bias') ? { shape: [2], data: bias } : { shape: [2, 2], data: weight },
  );
  const maps = model({ inputs: head.built.inputs, outputs: head.heatMaps!().maps });
  const map = maps.apply(tensor([4, 0, 0, 1], [1, 1, 2, 2])) as Tensor;
  // Label 0: 1·x₀ + 0.5; label 1: −3·x₀ + 2·x₁.
  expect([...map.dataSync()]).toEqual([4.5, -12, 0.5, 2]);
});

it.each(spaces)(
  'ml-decoder of %s: the attention of the query of a label, computed in plain numbers',
  async (space) => {
    const [heads, width, channels, cells] = [4, 16, 8, 6];
    const options = { space, embedding: width, heads, feedForward: 12, groups: 3 } as const;
    const { built, maps, kind } = withMaps(mlDecoderHead(options));
    expect(kind).toBe('attention');
    const x = randomTensor([2, 2, 3, channels], 9);
    const found = [...(maps.apply(x, { training: false }) as Tensor).dataSync()];

    const state = await exportParameters(parametersOf(built));
    const weight = (key: string) => Array.from(state.get(key)!.data);
    /** y = W·x + b, W [out, in]. */
    const affine = (values: number[], w: number[], b: number[]) =>
      b.map((offset, o) => values.reduce((sum, value, i) => sum + w[o * values.length + i] * value, offset));
    const projection = (part: number) => {
      const rows = (all: number[], length: number) => all.slice(part * length, (part + 1) * length);
      const [w, b] = ['in_proj_weight', 'in_proj_bias'].map((n) =>
        weight(`decoder.layers.0.multihead_attn.${n}`),
      );
      return (values: number[]) => affine(values, rows(w, width * width), rows(b, width));
    };
    const normalised = (values: number[]) => {
      const centre = values.reduce((a, b) => a + b) / width;
      const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / width;
      const [gamma, beta] = ['weight', 'bias'].map((n) => weight(`decoder.layers.0.norm1.${n}`));
      return values.map((value, i) => ((value - centre) / Math.sqrt(variance + 1e-5)) * gamma[i] + beta[i]);
    };
    const slope = space === 'cosines' ? 0.2 : 0;
    const embed = (values: number[]) =>
      affine(values, weight('decoder.embed_standart.weight'), weight('decoder.embed_standart.bias')).map(
        (value) => (value < 0 ? slope * value : value),
      );
    const pixels = [...x.dataSync()];
    const queries = weight('decoder.query_embed.weight');
    for (let image = 0; image < 2; image++) {
      const keys = Array.from({ length: cells }, (_, j) => {
        const at = (image * cells + j) * channels;
        return projection(1)(embed(pixels.slice(at, at + channels)));
      });
      for (let label = 0; label < LABELS; label++) {
        const group = Math.floor(label / 2);
        const query = queries.slice(group * width, (group + 1) * width).map((value) => 2 * value);
        const q = projection(0)(normalised(query));
        const shares = new Array<number>(cells).fill(0);
        for (let head = 0; head < heads; head++) {
          const own = Array.from({ length: width / heads }, (_, i) => (head * width) / heads + i);
          const powers = keys.map((key) =>
            Math.exp(own.reduce((sum, i) => sum + q[i] * key[i], 0) / Math.sqrt(width / heads)),
          );
          const total = powers.reduce((a, b) => a + b);
          powers.forEach((power, j) => (shares[j] += power / total / heads));
        }
        shares.forEach((share, j) =>
          expect(found[(image * cells + j) * LABELS + label]).toBeCloseTo(share, 5),
        );
      }
    }
  },
);
