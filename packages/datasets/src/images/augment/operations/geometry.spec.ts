import type { RgbImage } from '../../decode-image.js';
import { rotate, shearX, shearY, translateX, translateY } from './geometry.js';
import { fromRows, photo, rowsOf, twelve } from './images.fixture.js';

const transposed = ({ pixels, height, width }: RgbImage): RgbImage => ({
  pixels: pixels.map((_, i) => {
    const [pixel, channel] = [Math.floor(i / 3), i % 3];
    return pixels[((pixel % height) * width + Math.floor(pixel / height)) * 3 + channel];
  }),
  height: width,
  width: height,
});

const G = 128;

it('moves left and up, and back', () => {
  expect(rowsOf(translateX(twelve, 0.25))).toEqual([[2, 3, 4, G], [6, 7, 8, G], [10, 11, 12, G]]); // prettier-ignore
  expect(rowsOf(translateX(twelve, -0.25))).toEqual([[G, 1, 2, 3], [G, 5, 6, 7], [G, 9, 10, 11]]); // prettier-ignore
  expect(rowsOf(translateY(twelve, 1 / 3))).toEqual([[5, 6, 7, 8], [9, 10, 11, 12], [G, G, G, G]]); // prettier-ignore
  expect(rowsOf(translateY(twelve, -1 / 3))).toEqual([[G, G, G, G], [1, 2, 3, 4], [5, 6, 7, 8]]); // prettier-ignore
  // Half a pixel and more is rounded up.
  expect(rowsOf(translateX(twelve, 0.124))[0]).toEqual([1, 2, 3, 4]);
  expect(rowsOf(translateX(twelve, 0.126))[0]).toEqual([2, 3, 4, G]);
});

it('shears by whole pixels without blending', () => {
  // At slope 1 row y is taken from half a pixel and y to the right: rows 0, 1, 2 lie between two pixels each.
  expect(rowsOf(shearX(twelve, 0))).toEqual(rowsOf(twelve));
  expect(rowsOf(shearX(twelve, 2))).toEqual([[2, 3, 4, G], [8, G, G, G], [G, G, G, G]]); // prettier-ignore
  expect(rowsOf(shearX(twelve, -2))).toEqual([[G, 1, 2, 3], [G, G, G, 5], [G, G, G, G]]); // prettier-ignore
});

it('shears with the cubic whose middle weights are 5/8 and outer ones −1/8', () => {
  const step = fromRows([0, 0, 80, 80, 80, 80]);
  // Slope 1 moves the single row by half a pixel: a step of 80 overshoots by an eighth of itself.
  expect(rowsOf(shearX(step, 1))[0]).toEqual([0, 40, 90, 80, 80, G]);
});

it('shears and moves columns as it does rows', () => {
  for (const amount of [-0.3, -0.1, 0.2, 0.3]) {
    expect(shearY(photo, amount)).toEqual(transposed(shearX(transposed(photo), amount)));
    expect(translateY(photo, amount)).toEqual(transposed(translateX(transposed(photo), amount)));
  }
});

it('turns counter-clockwise around the centre', () => {
  const square = fromRows([1, 2, 3], [4, 5, 6], [7, 8, 9]);
  expect(rowsOf(rotate(square, 90))).toEqual([[3, 6, 9], [2, 5, 8], [1, 4, 7]]); // prettier-ignore
  expect(rotate(photo, 0)).toEqual(photo);
  const turned = rotate({ pixels: new Uint8Array(40 * 40 * 3).fill(1), height: 40, width: 40 }, 30);
  const rows = rowsOf(turned);
  expect([rows[0][0], rows[0][39], rows[39][0], rows[39][39], rows[20][20]]).toEqual([G, G, G, G, 1]);
  // The octagon that a square of side s has in common with itself turned by t: 2 s² / (1 + sin t + cos t).
  const overlap = (2 * 1600) / (1 + 0.5 + Math.sqrt(3) / 2);
  expect(Math.abs(rows.flat().filter((level) => level === 1).length - overlap)).toBeLessThan(16);
});
