import { slice, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { model, type LayersModel } from '@tensorflow/tfjs-layers';
import type { AppliedHead } from '@polytag/core';
import { parametersOf, releaseBeside } from '@polytag/layers';
import { firstDifference, firstNotFinite } from '../rules/compare.js';
import { under, type Demand } from '../rules/conformance-error.js';
import { run } from '../rules/network.js';

/** What means and sums may be off by, of the largest value. */
const TOLERANCE = 1e-4;

/** A head that gives heat maps keeps to what it says of them. */
export async function checkHeatMaps(
  part: string,
  { heatMaps }: AppliedHead,
  network: LayersModel,
  input: Tensor4D,
  labels: number,
  demand: Demand,
): Promise<void> {
  if (!heatMaps) return;
  const { kind, maps } = await under(part, 'heat-maps', () => heatMaps());
  const [, height, width] = input.shape;
  const { shape } = maps;
  demand(
    'heat-maps',
    shape.length === 4 && shape[1] === height && shape[2] === width && shape[3] === labels,
    () => `they are [${shape.join(', ')}], not [B, ${height}, ${width}, ${labels}]`,
  );
  const explained = await under(part, 'heat-maps', () => model({ inputs: network.inputs, outputs: maps }));
  try {
    await checkMaps(part, kind, explained, network, input, labels, demand);
  } finally {
    releaseBeside(network, explained);
  }
}

async function checkMaps(
  part: string,
  kind: unknown,
  explained: LayersModel,
  network: LayersModel,
  input: Tensor4D,
  labels: number,
  demand: Demand,
): Promise<void> {
  const known = new Set(parametersOf(network).map(({ key }) => key));
  const own = parametersOf(explained).find(({ key }) => !known.has(key));
  demand('heat-maps', !own, () => `their layers have the weight "${own!.key}", which no saved model has`);
  const values = await under(part, 'heat-maps', () => run(explained, input));
  const place = firstNotFinite(values);
  demand('heat-maps', place === undefined, () => `a map holds ${place}`);
  const first = tidy(() => slice(input, 0, 1));
  const alone = await run(explained, first).finally(() => first.dispose());
  const difference = firstDifference(values.subarray(0, alone.length), alone);
  demand('heat-maps', difference === undefined, () => `the maps of an image depend on others: ${difference}`);

  const [batch, height, width] = input.shape;
  const cells = height * width;
  const sums = new Float64Array(batch * labels);
  values.forEach((value, i) => (sums[Math.floor(i / (cells * labels)) * labels + (i % labels)] += value));
  const isNear = (a: number, b: number) => Math.abs(a - b) <= TOLERANCE * (1 + Math.abs(a) + Math.abs(b));
  if (kind === 'attention') {
    demand(
      'heat-maps',
      values.every((value) => value >= 0) && sums.every((sum) => isNear(sum, 1)),
      () => `attention is not negative and has the sum 1 over the cells; a sum is ${sums[0]}`,
    );
    return;
  }
  demand('heat-maps', kind === 'contributions', () => `their kind is ${JSON.stringify(kind)}`);
  const outputs = await run(network, input);
  const constants = outputs.map((output, i) => sums[i] / cells - output);
  const wrong = constants.findIndex((constant, i) => !isNear(constant, constants[i % labels]));
  demand(
    'heat-maps',
    wrong < 0,
    () =>
      `the mean of a map differs from the output by ${constants[wrong % labels]} in one image and by ${constants[wrong]} in another`,
  );
}
