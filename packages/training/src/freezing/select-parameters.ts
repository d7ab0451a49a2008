import { nearest, UsageError } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';

/** What tells the parts of a model apart. */
export type SelectableModel = Pick<MultiLabelModel, 'parameters' | 'isBackboneKey'>;

/** `backbone`, `head`, or the name of a layer or of a group of layers: `blocks.2` has `blocks.2.conv1`, not `blocks.20`. */
export function isSelected(model: SelectableModel, selector: string, key: string): boolean {
  if (selector === 'backbone') return model.isBackboneKey(key);
  if (selector === 'head') return !model.isBackboneKey(key);
  return key === selector || key.startsWith(`${selector}.`);
}

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

/** @throws UsageError `usage/unknown-layer` when a selector names nothing of the model */
export function checkSelectors(model: SelectableModel, path: string, selectors: readonly string[]): void {
  const keys = model.parameters.map(({ key }) => key);
  for (const selector of selectors) {
    // A backbone that is a file has no parameters.
    if (selector === 'backbone' || keys.some((key) => isSelected(model, selector, key))) continue;
    const names = ['backbone', 'head', ...new Set(keys.flatMap(prefixes))];
    const meant = nearest(selector, names);
    throw new UsageError('usage/unknown-layer', `${path}: the model has no layer "${selector}".`, {
      hint: `${meant ? `Did you mean "${meant}"? ` : ''}Use backbone, head, or the beginning of a layer name, e.g. "${prefixes(keys[0])[0]}".`,
    });
  }
}

/** `a.b.weight` -> `a`, `a.b`, `a.b.weight`. */
function prefixes(key: string): string[] {
  const parts = key.split('.');
  return parts.map((_, i) => parts.slice(0, i + 1).join('.'));
}
