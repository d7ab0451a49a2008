import fc from 'fast-check';
import { planNetwork, roundToEight } from './plan.js';

describe('roundToEight', () => {
  it('gives the nearest multiple of 8, at least 8, not below 90 %', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2000, noNaN: true }), (value) => {
        const rounded = roundToEight(value);
        expect(rounded % 8).toBe(0);
        expect(rounded).toBeGreaterThanOrEqual(8);
        expect(rounded).toBeGreaterThanOrEqual(0.9 * value);
        expect(rounded - value).toBeLessThanOrEqual(8);
      }),
    );
  });
});

describe('planNetwork', () => {
  it('has the published squeeze widths', () => {
    const reduced = (size: 'large' | 'small') =>
      planNetwork(size, 'reference', 1).blocks.flatMap((block) => block.reduced ?? []);
    expect(reduced('large')).toEqual([24, 32, 32, 120, 168, 168, 240, 240]);
    expect(reduced('small')).toEqual([8, 24, 64, 64, 32, 40, 72, 144, 144]);
  });

  it('scales widths as each implementation does', () => {
    const wide = (layout: 'reference' | 'timm' | 'torchvision') => planNetwork('large', layout, 1.25);
    // 24 · 1.25 = 30 -> 32. Inner widths of the next block: 3 · 32 = 96, or 72 · 1.25 = 90 -> 88.
    expect(wide('reference').blocks[2]).toMatchObject({ input: 32, expanded: 96, output: 32 });
    expect(wide('timm').blocks[2]).toMatchObject({ input: 32, expanded: 96, output: 32 });
    expect(wide('torchvision').blocks[2]).toMatchObject({ input: 32, expanded: 88, output: 32 });
    expect(wide('reference')).toMatchObject({ features: 1200, hidden: 1600 });
    expect(wide('timm')).toMatchObject({ features: 1200, hidden: 1280 });
    expect(wide('torchvision')).toMatchObject({ features: 1200, hidden: 1600 });
    expect(planNetwork('large', 'reference', 0.75)).toMatchObject({ features: 720, hidden: 1280 });
  });

  it('keeps the resolution of small images in the reference layout', () => {
    for (const size of ['large', 'small'] as const) {
      const strides = (height?: number) => {
        const { stem, blocks, stride } = planNetwork(size, 'reference', 1, height);
        return { stem: stem.stride, halvings: blocks.filter((block) => block.stride === 2).length, stride };
      };
      expect(strides()).toEqual({ stem: 2, halvings: 4, stride: 32 });
      expect(strides(100)).toEqual(strides());
      expect(strides(99)).toEqual({ stem: 1, halvings: 3, stride: 8 });
      expect(planNetwork(size, 'torchvision', 1, 99).stride).toBe(32);
    }
  });
});
