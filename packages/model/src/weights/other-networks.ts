import type { Parameter } from '@polytag/layers';
import type { StoredParameter } from './match-keys.js';

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * Where else a file has the weights that were matched: prefixes under which all of them lie again, in the same shapes, as
 * where a file keeps a teacher beside its student, or an average beside the weights.
 *
 * @param matched of the parameters that tell a network, e.g. those of the backbone
 * @returns the prefix of those that were matched, and the others in the order of the file; no dot at their ends
 */
export function otherNetworks(
  parameters: readonly Parameter[],
  matched: ReadonlyMap<string, StoredParameter>,
  stored: Shapes,
): { readonly taken: string; readonly others: readonly string[] } {
  const names = new Map<string, string>();
  for (const { key, alias } of parameters) {
    const storedKey = matched.get(key)?.storedKey;
    const name = [key, alias?.key].find((one) => one !== undefined && isUnder(storedKey, one));
    if (storedKey !== undefined && name !== undefined) names.set(name, storedKey);
  }
  const counts = new Map<string, number>();
  for (const [key, { shape }] of stored) {
    for (let dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
      const own = names.get(key.slice(dot + 1));
      if (own === undefined || own === key || String(stored.get(own)!.shape) !== String(shape)) continue;
      const prefix = key.slice(0, dot);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const [first] = names;
  const others = [...counts].filter(([, count]) => names.size > 1 && count === names.size);
  return {
    taken: first ? first[1].slice(0, -first[0].length).replace(/\.$/, '') : '',
    others: others.map(([prefix]) => prefix),
  };
}

const isUnder = (storedKey: string | undefined, name: string): boolean =>
  storedKey === name || storedKey?.endsWith(`.${name}`) === true;
