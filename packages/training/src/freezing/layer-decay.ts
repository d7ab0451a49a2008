import type { SelectableModel } from './select-parameters.js';

/** The beginning of a key up to its first numbered part below another: `blocks.3`, `features.4`, `body.layer2`. */
const NUMBERED = /^(?:[^.\d]+\.)+?[^.\d]*\d+(?=\.)/;

/**
 * What layer-wise decay multiplies the learning rate of each parameter with (Clark et al., "ELECTRA", 2020, section 3;
 * docs/method.md#layer-decay): numbered parts of the backbone, in the order of the network, decay^L, …, decay², decay; what
 * comes before them decay^(L + 1); what comes after them, and the head, 1.
 */
export function layerDecayOf(model: SelectableModel, decay: number): (key: string) => number {
  if (decay === 1) return () => 1;
  const keys = model.parameters.map(({ key }) => key).filter((key) => model.isBackboneKey(key));
  const parts = [...new Set(keys.flatMap((key) => NUMBERED.exec(key)?.[0] ?? []))];
  const depth = new Map(parts.map((part, i) => [part, parts.length - i]));
  const first = keys.findIndex((key) => NUMBERED.test(key));
  const before = new Set(keys.slice(0, Math.max(first, 0)));
  return (key) => {
    if (before.has(key)) return decay ** (parts.length + 1);
    const part = model.isBackboneKey(key) ? NUMBERED.exec(key)?.[0] : undefined;
    return decay ** (part === undefined ? 0 : (depth.get(part) ?? 0));
  };
}
