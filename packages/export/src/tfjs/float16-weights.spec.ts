import { float16Bits } from './float16-weights.js';

/** What 16 bits stand for (IEEE 754 binary16), finite ones. */
function float16(bits: number): number {
  const [sign, exponent, fraction] = [bits >>> 15, (bits >>> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return sign ? -size : size;
}

/** All of one sign, from 0 to the largest. */
const POSITIVE = Array.from({ length: 0x7c00 }, (_, bits) => bits);

it('gives each float16 back', () => {
  expect(POSITIVE.map((bits) => float16Bits(float16(bits)))).toEqual(POSITIVE);
  expect(POSITIVE.map((bits) => float16Bits(-float16(bits)))).toEqual(POSITIVE.map((bits) => bits | 0x8000));
});

it('rounds to the nearest, and from the middle to the even one', () => {
  const between = POSITIVE.slice(0, -1).map((bits) => {
    const [low, high] = [float16(bits), float16(bits + 1)];
    const [middle, step] = [(low + high) / 2, (high - low) / 64];
    return { bits, values: [middle - step, middle, middle + step] };
  });
  expect(between.map(({ values }) => values.map(float16Bits))).toEqual(
    between.map(({ bits }) => [bits, bits & 1 ? bits + 1 : bits, bits + 1]),
  );
});

it('has no place for what is nearer to 0 than to its smallest number', () => {
  expect([2 ** -25, 2 ** -26, 1e-40, -1e-10].map(float16Bits)).toEqual([0, 0, 0, 0x8000]);
});
