import { align, intoWindow, pyramidOf } from './alignment.js';
import { EDGE } from './thumbnail.js';

/** A smooth picture, and what a window of it shows. */
const level = (x: number, y: number) =>
  128 +
  50 * Math.sin(3.1 * x + 1) * Math.cos(2.3 * y) +
  40 * Math.sin(7 * x - 4 * y) +
  20 * Math.cos(11 * y + x);
const picture = (at: (u: number) => number, down: (v: number) => number, gain = 1, offset = 0) =>
  Uint8Array.from({ length: EDGE * EDGE }, (_, i) => {
    const [u, v] = [i % EDGE, Math.floor(i / EDGE)].map((pixel) => (2 * pixel + 1) / EDGE - 1);
    return Math.round(gain * level(at(u), down(v)) + offset);
  });
const same = (value: number) => value;

it.each([
  [1, 1, 0, 0],
  [1.06, 1.02, 0.03, -0.02],
  [0.95, 1, -0.04, 0.05],
])(
  'finds scales %f and %f and shifts %f and %f again, at other brightness',
  (scaleX, scaleY, shiftX, shiftY) => {
    const first = picture(same, same);
    // What is at x in the first is at scale * x + shift in the second.
    const second = picture(
      (u) => (u - shiftX) / scaleX,
      (v) => (v - shiftY) / scaleY,
      0.7,
      30,
    );
    const start = { scaleX: 1, scaleY: 1, shiftX: 0, shiftY: 0 };
    const found = align(pyramidOf(first), pyramidOf(second), start)!;
    // A hundredth of the picture is 0.64 pixels; a twentieth of a pixel is asked for.
    expect(found.scaleX).toBeCloseTo(scaleX, 2);
    expect(Math.abs(found.scaleX - scaleX)).toBeLessThan(0.1 / EDGE);
    expect(Math.abs(found.scaleY - scaleY)).toBeLessThan(0.1 / EDGE);
    expect(Math.abs(found.shiftX - shiftX)).toBeLessThan(0.1 / EDGE);
    expect(Math.abs(found.shiftY - shiftY)).toBeLessThan(0.1 / EDGE);
  },
);

it('gives up on pictures that are different, and on those without details', () => {
  const start = { scaleX: 1, scaleY: 1, shiftX: 0, shiftY: 0 };
  const other = picture(
    (u) => u + 5,
    (v) => v - 3,
  );
  expect(align(pyramidOf(picture(same, same)), pyramidOf(other), start)).toBeUndefined();
  const flat = pyramidOf(new Uint8Array(EDGE * EDGE).fill(90));
  expect(align(flat, flat, start)).toBeUndefined();
});

it('maps the edges of a window to the edges of what shows it', () => {
  const { scaleX, scaleY, shiftX, shiftY } = intoWindow({ left: 0.1, top: 0, right: 0.9, bottom: 0.75 });
  // Fractions 0.1 and 0.9 of the width are -0.8 and 0.8; 0 and 0.75 of the height are -1 and 0.5.
  expect([-0.8, 0.8].map((x) => scaleX * x + shiftX).map((x) => Number(x.toFixed(12)))).toEqual([-1, 1]);
  expect([-1, 0.5].map((y) => scaleY * y + shiftY).map((y) => Number(y.toFixed(12)))).toEqual([-1, 1]);
});
