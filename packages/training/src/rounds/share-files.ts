import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { parseSafetensors, serialiseSafetensors } from '@polytag/checkpoints';
import { CheckpointError } from '@polytag/core';
import { readValues, writeValues } from '@polytag/engine';
import { variableOf, type Parameter } from '@polytag/layers';
import type { BoundOptimiser } from '../optimisers/optimiser.js';

/** The parameters of the models of a run, the main model's first. */
export type ParametersOfModels = readonly (readonly Parameter[])[];

const nameOf = (model: number, name: string): string => `${model}/${name}`;

/** What moves between machines: parameters of models in a safetensors file, as they lie in memory, named `MODEL/KEY`. */
export function weightsFile(models: ParametersOfModels): Uint8Array {
  const stored = models.flatMap((parameters, model) =>
    parameters.map((parameter) => {
      const variable = variableOf(parameter);
      const data = new Float32Array(variable.size);
      readValues(variable, data);
      return [nameOf(model, parameter.key), { shape: variable.shape, data }] as const;
    }),
  );
  return serialiseSafetensors(new Map(stored));
}

/**
 * The values of such a file, in the order of the parameters.
 *
 * @throws CheckpointError `checkpoint/resume-mismatch` where it is not of these models
 */
export function valuesIn(bytes: Uint8Array, models: ParametersOfModels): Float32Array[] {
  const { tensors } = parseSafetensors(bytes, { source: 'weights of a round' });
  return models.flatMap((parameters, model) =>
    parameters.map((parameter) => {
      const found = tensors.get(nameOf(model, parameter.key));
      const { size } = variableOf(parameter);
      if (found?.data instanceof Float32Array && found.data.length === size) return found.data;
      throw new CheckpointError(
        'checkpoint/resume-mismatch',
        `The weights of a round do not fit model ${model + 1} at "${parameter.key}".`,
        { hint: 'Coordinator and workers must be of one version of Polytag.' },
      );
    }),
  );
}

/** Gives parameters the values of `weightsFile`. */
export function assignWeights(bytes: Uint8Array, models: ParametersOfModels): void {
  const values = valuesIn(bytes, models);
  models.flat().forEach((parameter, i) => writeValues(variableOf(parameter), values[i]));
}

/** What optimisers remember, in one safetensors file; their step counts are in its metadata. */
export async function optimisersFile(optimisers: readonly BoundOptimiser[]): Promise<Uint8Array> {
  const snapshots = optimisers.map((optimiser) => optimiser.snapshot());
  const stored = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [model, { tensors }] of snapshots.entries())
    for (const [name, values] of tensors)
      stored.set(nameOf(model, name), {
        shape: values.shape,
        data: Float32Array.from(await values.data<'float32'>()),
      });
  return serialiseSafetensors(stored, { steps: JSON.stringify(snapshots.map(({ steps }) => steps)) });
}

/** Lets optimisers go on from `optimisersFile`. */
export function restoreOptimisers(bytes: Uint8Array, optimisers: readonly BoundOptimiser[]): void {
  const { tensors: stored, metadata } = parseSafetensors(bytes, { source: 'optimisers of a share' });
  const steps = JSON.parse(metadata['steps']) as Record<string, number>[];
  optimisers.forEach((optimiser, model) => {
    const prefix = nameOf(model, '');
    const tensors = new Map<string, Tensor>();
    for (const [name, { shape, data }] of stored)
      if (name.startsWith(prefix))
        tensors.set(name.slice(prefix.length), tensor(data as Float32Array, shape, 'float32'));
    try {
      optimiser.restore({ steps: steps[model], tensors });
    } finally {
      tensors.forEach((one) => one.dispose());
    }
  });
}
