import { stat } from 'node:fs/promises';
import { isAddress } from '@polytag/checkpoints/address';
import type { KnownWeights } from '@polytag/model';
import { normalisationOf } from './preprocessing.js';
import { isWord, type RunConfig } from './run-config.js';

/** What the weights of a path or an address were trained with, where they are known. */
export async function knownWeightsOf(weights: string): Promise<KnownWeights | undefined> {
  const { knownAddress, knownWeights } = await import('@polytag/model');
  if (isAddress(weights)) return knownAddress(weights);
  try {
    return (await stat(weights)).isFile() ? await knownWeights(weights) : undefined;
  } catch {
    // What is wrong with the file is told where it is read.
    return undefined;
  }
}

/**
 * Where a config gives known weights another preprocessing than they were trained with, a warning for each model; none
 * where all agree. Weights that are named refuse such a config.
 */
export async function weightsWarnings({ data, model, mutual }: RunConfig): Promise<string[]> {
  const warnings: string[] = [];
  for (const [i, { weights, backbone }] of [model, ...mutual.models].entries()) {
    if (weights === undefined || isWord(weights)) continue;
    const known = await knownWeightsOf(weights);
    if (!known) continue;
    const { fillFromKnown } = await import('@polytag/model');
    const { differing } = fillFromKnown(backbone, known, normalisationOf(data.normalisation));
    if (differing.length === 0) continue;
    const place = i === 0 ? 'model' : `mutual.models.${i - 1}`;
    const told = differing.map(({ key, ...values }) => {
      const full = key.startsWith('data.') ? key : `${place}.${key}`;
      const [own, trained] = [values.own, values.trained].map(valueText);
      return {
        line: `${full} is ${own} (trained with ${trained})`,
        set: `--set '${full}=${trained}'`,
      };
    });
    warnings.push(
      `warning: ${place}.weights (${known.origin}) were trained with other image settings, and scores will be worse: ` +
        `${told.map(({ line }) => line).join('; ')}. Add ${told.map(({ set }) => set).join(' ')}`,
    );
  }
  return warnings;
}

const valueText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);
