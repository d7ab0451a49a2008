import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { input, model, models, type LayersModel } from '@tensorflow/tfjs-layers';
import {
  applyHead,
  LabelVocabulary,
  RandomStream,
  type AppliedHead,
  type Head,
  type HeadContext,
} from '@polytag/core';
import { assignParameters, exportParameters, parametersOf } from '@polytag/layers';

export const vocabulary = (size: number): LabelVocabulary =>
  new LabelVocabulary(Array.from({ length: size }, (_, i) => i));

/** Normal values, the same for the same seed. */
export function randomTensor(shape: number[], seed: number): Tensor {
  const random = new RandomStream(seed, 'test');
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  );
}

/** A head applied to a feature map of any size, with what it gives. */
export function applied(
  head: Head,
  labelCount: number,
  context: Partial<HeadContext> = {},
): AppliedHead & { readonly built: LayersModel } {
  const whole: HeadContext = {
    labels: vocabulary(labelCount),
    seed: 1,
    backbone: { featureChannels: 8 },
    ...context,
  };
  const featureMap = input({ shape: [null, null, whole.backbone.featureChannels] });
  const given = applyHead(head, featureMap, whole);
  return { ...given, built: model({ inputs: featureMap, outputs: given.outputs }) };
}

/** A head as a model of its own. */
export const headModel = (...args: Parameters<typeof applied>): LayersModel => applied(...args).built;

export const run = (built: LayersModel, x: Tensor, options?: object): number[] => [
  ...(built.apply(x, options) as Tensor).dataSync(),
];

export const keysOf = (built: LayersModel): string[] => parametersOf(built).map(({ key }) => key);

/** The model again, from its saved configuration and its saved weights alone. */
export async function reloaded(built: LayersModel): Promise<LayersModel> {
  const state = await exportParameters(parametersOf(built));
  const again = (await models.modelFromJSON(
    JSON.parse(JSON.stringify(built.toJSON(null, false))),
  )) as LayersModel;
  const { missing, mismatched } = assignParameters(parametersOf(again), (key) => state.get(key));
  expect([...missing, ...mismatched]).toEqual([]);
  return again;
}
