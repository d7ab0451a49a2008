/**
 * Values in [-1, 1) that every JavaScript engine makes alike: integer arithmetic alone, where the functions of `Math`
 * may differ in their last digit.
 */
export function pattern(name: string, size: number): Float32Array {
  let state = [...name].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193),
    0x811c9dc5,
  );
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}
