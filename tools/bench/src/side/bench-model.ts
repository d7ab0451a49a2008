import { LabelVocabulary } from '@polytag/core';
import { binaryCrossEntropy } from '@polytag/losses';
import { buildModel, type MultiLabelModel } from '@polytag/model';
import type { BuildReplica } from '@polytag/training';
import type { Work } from './work.js';

/** The network that torchvision has under the same name, its classifier with the hidden layer included. */
export function benchModel({
  model,
  labels,
  size,
}: Pick<Work, 'model' | 'labels' | 'size'>): Promise<MultiLabelModel> {
  return buildModel(
    { backbone: { name: model, options: { layout: 'torchvision' } }, head: { name: 'linear' } },
    {
      labels: new LabelVocabulary(Array.from({ length: labels }, (_, k) => k)),
      height: size,
      width: size,
    },
  );
}

/** What the threads of replicas build it with. */
const buildReplica: BuildReplica<Work> = async (work) => ({
  model: await benchModel(work),
  loss: binaryCrossEntropy(),
});

export default buildReplica;
