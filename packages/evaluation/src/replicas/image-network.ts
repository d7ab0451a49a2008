import { mean, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { NetworkInputs } from '@polytag/core';
import { InferenceNetwork } from '@polytag/layers';
import type { MultiLabelModel } from '@polytag/model';

/** `outputs`: raw outputs of the head, [B, K]; `features`: the feature map averaged over its cells, [B, C]. */
export type NetworkResult = 'outputs' | 'features';

/** Runs a model on resized and normalised images. */
export interface ImageNetwork {
  /** Row-major values of each requested result. */
  run(images: NetworkInputs): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/**
 * Runs a model on this thread in inference mode, with batch norm folded. The backbone runs once for all requested
 * results. Outputs have the same bits as those of `predictBatch` of a loaded model.
 */
export function imageNetwork(model: MultiLabelModel, results: readonly NetworkResult[]): ImageNetwork {
  const { network, features } = model;
  const inference = new InferenceNetwork({
    inputs: network.inputs,
    outputs: results.map((result) => (result === 'outputs' ? network : features).outputs[0]),
  });
  return {
    async run({ inputs, shape }) {
      const computed = tidy(() => {
        const values = inference.apply(tensor(inputs, [...shape], 'float32'));
        return values.map((value, i): Tensor => (results[i] === 'features' ? mean(value, [1, 2]) : value));
      });
      try {
        return await Promise.all(computed.map(async (one) => Float32Array.from(await one.data<'float32'>())));
      } finally {
        for (const one of computed) one.dispose();
      }
    },
    close: async () => inference.dispose(),
  };
}
