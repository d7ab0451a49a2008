/**
 * The first key that an object of a JSON text holds twice, or undefined. `JSON.parse` keeps the last of two
 * equal keys without a word, so a file could show one tensor to us and another to a different reader.
 *
 * @param json a text that `JSON.parse` accepts
 */
export function duplicateKey(json: string): string | undefined {
  /** One entry for each open container: the keys seen so far, or undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
      if (!expectsKey) continue;
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      const seen = open.at(-1)!;
      if (seen.has(key)) return key;
      seen.add(key);
      expectsKey = false;
    } else if (character === '{') {
      open.push(new Set());
      expectsKey = true;
    } else if (character === '[') {
      open.push(undefined);
      expectsKey = false;
    } else if (character === '}' || character === ']') {
      open.pop();
      expectsKey = false;
    } else if (character === ',') {
      expectsKey = open.at(-1) !== undefined;
    }
  }
  return undefined;
}
