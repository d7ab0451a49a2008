/** One element of a Python list: quoted either way, or bare. */
const ELEMENT = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s'"[\],][^'"[\],]*?))\s*(,|$)/y;

/** The elements of a Python list literal of names, e.g. `['clouds', 'sky']`; undefined for anything else. */
export function parseLabelList(text: string): string[] | undefined {
  const inner = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const labels: string[] = [];
  for (let at = 0; at < inner.length && inner.slice(at).trim() !== ''; at = ELEMENT.lastIndex) {
    ELEMENT.lastIndex = at;
    const found = ELEMENT.exec(inner);
    if (!found) return undefined;
    labels.push((found[1] ?? found[2] ?? found[3]).replaceAll(/\\(.)/gs, '$1'));
  }
  return labels;
}
