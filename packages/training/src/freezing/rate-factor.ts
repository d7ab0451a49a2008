import { isSelected, type SelectableModel } from './select-parameters.js';

/**
 * The learning-rate factor of each parameter. Of several that select a parameter the longest layer name decides, and
 * any layer name before `backbone` and `head`.
 */
export function rateFactorOf(
  model: SelectableModel,
  factors: Readonly<Record<string, number>>,
): (key: string) => number {
  const weight = (selector: string) => (selector === 'backbone' || selector === 'head' ? 0 : selector.length);
  const ordered = Object.entries(factors).sort(([a], [b]) => weight(b) - weight(a));
  return (key) => ordered.find(([selector]) => isSelected(model, selector, key))?.[1] ?? 1;
}
