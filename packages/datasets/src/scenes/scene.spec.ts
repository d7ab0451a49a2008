import { createHash } from 'node:crypto';
import { RandomStream, UsageError } from '@polytag/core';
import { layOut } from './layout.js';
import { paint } from './paint.js';
import { drawScene } from './scene.js';
import { LEAST_OF_ITSELF, LEAST_VISIBLE, settle } from './settle.js';
import type { SceneContent } from './grammar.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const LABELS_7_3 = ['sun', 'cloud', 'traffic light', 'car', 'car'];
const HASH_7_3 = '531b17dbe63fd413c2996248d1718a88012b38154a93ef31829e159415be3999';

describe('drawScene', () => {
  it('draws the same picture for the same options', () => {
    const first = drawScene({ seed: 7, index: 3, size: 64 });
    const again = drawScene({ seed: 7, index: 3, size: 64 });
    expect(again).toEqual(first);
    // The data set is a fixed thing: other bytes need another GENERATOR number in write-scenes.ts.
    expect(first.labels).toEqual(LABELS_7_3);
    expect(sha256(first.pixels)).toBe(HASH_7_3);
  });

  it('draws another picture for another index or seed', () => {
    const hashes = [
      { seed: 7, index: 3 },
      { seed: 7, index: 4 },
      { seed: 8, index: 3 },
      { seed: 7 + 2 ** 32, index: 3 },
    ].map((options) => sha256(drawScene({ ...options, size: 32 }).pixels));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('shows the same scene at every size', () => {
    for (let index = 0; index < 6; index++) {
      const large = drawScene({ seed: 1, index, size: 128 });
      const small = drawScene({ seed: 1, index, size: 32 });
      expect(small.objects).toEqual(large.objects);
      // Each small pixel is near the mean of the 4x4 large ones it covers; grain and edges leave a difference.
      expect(meanDifference(shrink(large.pixels, 128, 4), small.pixels)).toBeLessThan(6);
      expect(
        meanDifference(
          shrink(drawScene({ seed: 1, index: index + 6, size: 128 }).pixels, 128, 4),
          small.pixels,
        ),
      ).toBeGreaterThan(12);
    }
  });

  it('has bytes for every pixel at a size that is no multiple of four', () => {
    expect(drawScene({ seed: 0, index: 0, size: 33 }).pixels).toHaveLength(33 * 33 * 3);
  });

  it('refuses a size or an index that no scene has', () => {
    for (const options of [{ size: 31 }, { size: 1025 }, { size: 64.5 }, { index: -1 }, { index: 0.5 }]) {
      expect(() => drawScene({ seed: 0, index: 0, size: 64, ...options })).toThrow(UsageError);
    }
  });
});

describe('labels are what is visible', () => {
  it('lists only objects that cover enough of the picture, and nearly always all that the grammar asked for', () => {
    let complete = 0;
    const scenes = 120;
    for (let index = 0; index < scenes; index++) {
      const { objects, content } = drawScene({ seed: 2, index, size: 32 });
      for (const { visible } of objects) expect(visible).toBeGreaterThanOrEqual(LEAST_VISIBLE);
      if (objects.length === content.objects.length) complete++;
    }
    expect(complete / scenes).toBeGreaterThan(0.97);
  });

  it('loses visible pixels when a listed object is taken out of the picture', () => {
    for (let index = 0; index < 12; index++) {
      const random = new RandomStream(3, `scene/${index}`);
      const { content } = drawScene({ seed: 3, index, size: 32 });
      const { layout, coverage } = settle(content, random);
      const whole = paint(content, layout, random.fork('paint'), 64).pixels();
      layout.objects.forEach((object, i) => {
        const objects = layout.objects.filter((other) => other !== object);
        const less = paint(content, { ...layout, objects }, random.fork('paint'), 64).pixels();
        // Edge pixels change in part, and a colour may by chance be near to what lies behind.
        const share = changedPixels(whole, less) / (64 * 64);
        expect(share).toBeGreaterThan(0.7 * coverage[i].visible);
        expect(share).toBeLessThan(2.2 * coverage[i].visible);
      });
    }
  });

  it('leaves out what finds no place to be seen', () => {
    const content: SceneContent = { place: 'garden', weather: 'clear', objects: Array(14).fill('house') };
    const random = new RandomStream(4, 'crowd');
    const { layout, coverage: settled } = settle(content, random);
    expect(layout.objects.length).toBeGreaterThan(0);
    expect(layout.objects.length).toBeLessThan(14);
    const coverage = paint(content, layout, random.fork('paint'), 64).coverage(layout.objects.length);
    coverage.forEach((entry, i) => {
      expect(entry).toEqual(settled[i]);
      expect(entry.visible).toBeGreaterThanOrEqual(LEAST_OF_ITSELF * entry.painted);
    });
  });

  it('puts an umbrella over a person', () => {
    const content: SceneContent = {
      place: 'street',
      weather: 'rainy',
      objects: ['rain', 'person', 'umbrella'],
    };
    for (let i = 0; i < 20; i++) {
      const { objects } = layOut(content, new RandomStream(i));
      const person = objects.find(({ label }) => label === 'person')!.box;
      const umbrella = objects.find(({ label }) => label === 'umbrella')!.box;
      expect(umbrella.top).toBeLessThan(person.top);
      expect(Math.abs(umbrella.left + umbrella.width / 2 - (person.left + person.width / 2))).toBeLessThan(
        person.width / 2,
      );
    }
  });
});

/** The mean of each block of `factor` x `factor` pixels. */
function shrink(pixels: Uint8Array, size: number, factor: number): Float32Array {
  const side = size / factor;
  const result = new Float32Array(side * side * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const block = Math.floor(y / factor) * side + Math.floor(x / factor);
      for (let c = 0; c < 3; c++) result[3 * block + c] += pixels[3 * (y * size + x) + c] / (factor * factor);
    }
  }
  return result;
}

function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

function changedPixels(a: Uint8Array, b: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i += 3) {
    if (a[i] !== b[i] || a[i + 1] !== b[i + 1] || a[i + 2] !== b[i + 2]) count++;
  }
  return count;
}
