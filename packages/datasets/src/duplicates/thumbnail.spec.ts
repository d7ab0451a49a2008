import { EDGE, CHROMA_EDGE, thumbnailOf } from './thumbnail.js';

const image = (
  height: number,
  width: number,
  colour: (x: number, y: number) => readonly [number, number, number],
) => ({
  height,
  width,
  pixels: Uint8Array.from(
    { length: height * width * 3 },
    (_, i) =>
      colour(((Math.floor(i / 3) % width) + 0.5) / width, (Math.floor(i / 3 / width) + 0.5) / height)[i % 3],
  ),
});

it.each([
  [1, 1],
  [7, 300],
  [64, 64],
  [500, 333],
])('keeps a colour in an image of %i x %i pixels', (height, width) => {
  const { luminance, chroma } = thumbnailOf(image(height, width, () => [200, 100, 50]));
  // JFIF: Y = 0.299 R + 0.587 G + 0.114 B, Cb = 128 + 0.564 (B - Y), Cr = 128 + 0.713 (R - Y).
  expect([luminance.length, new Set(luminance)]).toEqual([EDGE * EDGE, new Set([124])]);
  expect([...new Set(chroma.filter((_, i) => i % 2 === 0))]).toEqual([86]);
  expect([...new Set(chroma.filter((_, i) => i % 2 === 1))]).toEqual([182]);
  expect(chroma.length).toBe(2 * CHROMA_EDGE ** 2);
});

it('is nearly the same for a picture of any size and aspect ratio', () => {
  const wave = (x: number, y: number) => {
    const level = 128 + 60 * Math.sin(9 * x) * Math.cos(7 * y) + 40 * Math.sin(15 * y + 3 * x);
    return [level, level, level] as const;
  };
  const [small, large, wide] = [image(80, 90, wave), image(700, 650, wave), image(100, 1200, wave)].map(
    thumbnailOf,
  );
  const difference = (one: Uint8Array, other: Uint8Array) =>
    one.reduce((sum, value, i) => sum + Math.abs(value - other[i]), 0) / one.length;
  for (const other of [large, wide]) expect(difference(small.luminance, other.luminance)).toBeLessThan(2);
});
