import { LabelVocabulary } from '@polytag/core';
import { binaryCrossEntropy } from '@polytag/losses';
import { buildModel, type MultiLabelModel } from '@polytag/model';
import type { BuildReplica } from '@polytag/training';
import type { Work } from './work.js';

/**
 * The network that the peer has under the same name, MobileNetV3 with the hidden layer of torchvision's classifier.
 *
 * @param options.initialWeights as in `buildModel`: whether to draw them
 */
export function benchModel(
  { model, labels, size }: Pick<Work, 'model' | 'labels' | 'size'>,
  { initialWeights = true }: { readonly initialWeights?: boolean } = {},
): Promise<MultiLabelModel> {
  const options = model.startsWith('mobilenet-v3') ? { layout: 'torchvision' } : {};
  return buildModel(
    { backbone: { name: model, options }, head: { name: 'linear' } },
    {
      labels: new LabelVocabulary(Array.from({ length: labels }, (_, k) => k)),
      height: size,
      width: size,
      initialWeights,
    },
  );
}

/** What the threads of replicas build it with; their weights come from the first. */
const buildReplica: BuildReplica<Work> = async (work) => ({
  model: await benchModel(work, { initialWeights: false }),
  loss: binaryCrossEntropy(),
});

export default buildReplica;
