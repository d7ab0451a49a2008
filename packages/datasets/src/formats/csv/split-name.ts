import { usualSplit } from '../usual-split.js';
import { flagOf } from './flag.js';

/** The splits by number, as in CelebA. */
const BY_NUMBER = ['train', 'val', 'test'];

/**
 * Returns how to read the values of a column of splits: `valid` is `val`; `True` in `is_valid` is `val`, in `is_train`
 * it is `train`; `0`, `1` and `2` are `train`, `val` and `test` if there are no other values.
 *
 * @param column its name
 * @param values all values that occur
 * @returns the name of the split of a value, undefined if it cannot be a file name
 */
export function splitNames(column: string, values: Iterable<string>): (value: string) => string | undefined {
  const all = [...new Set([...values].map((value) => value.trim()))];
  const flags = new Set(all.map(flagOf));
  if ([...flags].every((flag) => flag === 'present' || flag === 'absent')) {
    const [no, yes] = partsOfFlag(column.toLowerCase());
    return (value) => (flagOf(value) === 'present' ? yes : no);
  }
  if (all.every((value) => /^[012]$/.test(value))) return (value) => BY_NUMBER[Number(value)];
  return (value) => {
    const word = value.trim();
    const usual = usualSplit(word);
    if (usual !== undefined) return usual;
    return /^\w[\w.-]*$/.test(word) ? word : undefined;
  };
}

/** The splits for no and yes in a column of this name. */
function partsOfFlag(column: string): readonly [no: string, yes: string] {
  if (column.includes('train')) return ['val', 'train'];
  return ['train', column.includes('test') ? 'test' : 'val'];
}
