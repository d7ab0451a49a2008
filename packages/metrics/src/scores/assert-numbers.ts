import { DivergenceError, PartError, printable, type LabelVocabulary } from '@polytag/core';

/**
 * Throws if scores are NaN.
 *
 * @param scores [N, K], row-major, of a model with K labels
 * @param own title of the user's own parts of the model, which are to blame then
 * @throws DivergenceError `model/not-a-number`, naming the labels whose scores are NaN; PartError `part/not-finite`, naming
 * `own` too
 */
export function assertNumbers(
  scores: ArrayLike<number>,
  { names, size }: LabelVocabulary,
  own?: string,
): void {
  const found = new Set<number>();
  for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i])) found.add(i % size);
  if (found.size === 0) return;
  const labels = names.filter((_, label) => found.has(label));
  const shown = labels.slice(0, 3).map((name) => `"${printable(name)}"`);
  const which =
    labels.length === size ? 'every label' : [...shown, ...(labels.length > 3 ? ['…'] : [])].join(', ');
  if (own !== undefined) {
    throw new PartError(
      'part/not-finite',
      `The model outputs NaN for ${which}, which comes from the ${own}.`,
      {
        hint: 'Check logarithms, roots and divisions there. Weights that are too large also give NaN: train with a lower learning rate.',
      },
    );
  }
  throw new DivergenceError('model/not-a-number', `The model outputs NaN for ${which}.`, {
    hint: 'Its weights contain NaN or are too large, or the pixels are wrong. Use the weights of an earlier epoch, or train with a lower learning rate.',
  });
}
