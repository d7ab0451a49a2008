import { RandomStream } from '@polytag/core';
import type { RgbImage } from './decode-image.js';
import { resizeBicubic } from './resize-bicubic.js';
import { resizeBilinear } from './resize-bilinear.js';
import { centreOf, resizeImage, shortSideSize } from './resize-image.js';

function noise(height: number, width: number): RgbImage {
  const random = new RandomStream(1, 'noise');
  return {
    height,
    width,
    pixels: Uint8Array.from({ length: height * width * 3 }, () => random.integer(256)),
  };
}

const flat = (height: number, width: number): RgbImage => ({
  height,
  width,
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, i) => [10, 200, 255][i % 3]),
});

/** The definition in double precision: cubic kernel, a = -0.5, stretched where an axis shrinks, cut at the border. */
function definition({ pixels, height, width }: RgbImage, size: { height: number; width: number }): number[] {
  const kernel = (x: number) => {
    const d = Math.abs(x);
    if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
    return d < 2 ? -0.5 * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0;
  };
  const weights = (from: number, to: number) =>
    Array.from({ length: to }, (_, i) => {
      const stretch = Math.max(from / to, 1);
      const row = Array.from({ length: from }, (_source, j) =>
        kernel((j + 0.5 - ((i + 0.5) * from) / to) / stretch),
      );
      const sum = row.reduce((a, b) => a + b, 0);
      return row.map((weight) => weight / sum);
    });
  const clamp = (value: number) => Math.min(Math.max(value, 0), 255);
  const across = weights(width, size.width);
  const narrow = Array.from({ length: height }, (_, y) =>
    across.map((row) =>
      [0, 1, 2].map((c) =>
        clamp(row.reduce((sum, weight, x) => sum + weight * pixels[(y * width + x) * 3 + c], 0)),
      ),
    ),
  );
  return weights(height, size.height).flatMap((row) =>
    across.flatMap((_, x) =>
      [0, 1, 2].map((c) => clamp(row.reduce((sum, weight, y) => sum + weight * narrow[y][x][c], 0))),
    ),
  );
}

it.each([
  [9, 13, 4, 6],
  [5, 7, 12, 15],
  [8, 8, 8, 3],
])(
  'resizes %i x %i to %i x %i as the definition does, but for rounding to bytes twice',
  (h, w, height, width) => {
    const image = noise(h, w);
    const expected = definition(image, { height, width });
    const got = resizeBicubic(image, { height, width });
    const differences = expected.map((value, i) => Math.abs(value - got[i]));
    // A half each for the bytes between the passes, where the weights' magnitudes sum to 1.3 at most, and after them.
    expect(Math.max(...differences)).toBeLessThan(1.3);
  },
);

it('leaves an image of the same size and flat colours as they are', () => {
  const image = noise(6, 5);
  expect(resizeBicubic(image, image)).toEqual(image.pixels);
  expect(resizeBicubic(flat(31, 17), { height: 9, width: 40 })).toEqual(flat(9, 40).pixels);
});

it('gives a part as it is cut out of the whole', () => {
  const image = noise(20, 31);
  const size = { height: 13, width: 17 };
  const whole = resizeBicubic(image, size);
  const part = resizeBicubic(image, size, { top: 4, left: 3, height: 6, width: 9 });
  const rows = Array.from({ length: 6 }, (_, y) => [
    ...whole.subarray(((4 + y) * 17 + 3) * 3, ((4 + y) * 17 + 12) * 3),
  ]);
  expect([...part]).toEqual(rows.flat());
});

it.each([
  [{ height: 147, width: 211 }, 64, { height: 64, width: 91 }],
  [{ height: 181, width: 97 }, 98, { height: 182, width: 98 }],
  [{ height: 50, width: 50 }, 7, { height: 7, width: 7 }],
])('the shorter side of %j becomes %i', (size, shortSide, expected) => {
  expect(shortSideSize(size, shortSide)).toEqual(expected);
});

it('takes the middle; a half goes to the even place, or down', () => {
  // 91 − 56 = 35 pixels are cut off: 17.5 to the left.
  expect(centreOf({ height: 64, width: 91 }, { height: 56, width: 56 })).toMatchObject({ top: 4, left: 18 });
  expect(centreOf({ height: 64, width: 91 }, { height: 56, width: 56 }, 'transformers').left).toBe(17);
  expect(centreOf({ height: 57, width: 56 }, { height: 56, width: 56 }).top).toBe(0);
});

it('stretches, or with a short side cuts', () => {
  const image = noise(30, 50);
  const size = { height: 14, width: 14 };
  expect(resizeImage(image, size)).toEqual(resizeBilinear(image, size));
  const cut = resizeImage(image, { ...size, resize: { shortSide: 16 } });
  expect(cut).toEqual(resizeBicubic(image, { height: 16, width: 26 }, { top: 1, left: 6, ...size }));
});
