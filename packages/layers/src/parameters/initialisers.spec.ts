import { RandomStream } from '@polytag/core';
import {
  constant,
  kaimingNormal,
  linearUniform,
  normal,
  ones,
  uniform,
  unitColumns,
  xavierUniform,
  zeros,
} from './initialisers.js';
import type { Initialiser } from './parametric-layer.js';

const draw = (initialiser: Initialiser, shape: readonly number[], seed = 3) =>
  initialiser(shape, new RandomStream(seed, 'key'));

describe('initialisers', () => {
  it('are constants', () => {
    expect([...draw(zeros, [2])]).toEqual([0, 0]);
    expect([...draw(ones, [1, 2])]).toEqual([1, 1]);
    expect([...draw(constant(0.25), [1])]).toEqual([0.25]);
  });

  it.each([
    ['normal(2)', normal(2), 2],
    ['Kaiming normal of fan-out 72: √(2/72)', kaimingNormal(72), 1 / 6],
    ['uniform(3): 3/√3', uniform(3), Math.sqrt(3)],
    ['linear of 25 inputs: (1/5)/√3', linearUniform(25), 0.2 / Math.sqrt(3)],
    ['Xavier of 20 -> 4, gain 2: 2·√(6/24)/√3', xavierUniform(20, 4, 2), 1 / Math.sqrt(3)],
  ])('have the mean 0 and the spread of %s', (_, initialiser, std) => {
    const values = draw(initialiser, [10000]);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    // Five standard errors of the estimates: of a mean std/√n, of a variance at most var·√(2/n).
    expect(Math.abs(mean)).toBeLessThan((5 * std) / 100);
    expect(Math.abs(variance / std ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / 10000));
  });

  it('stay within the bound of a uniform', () => {
    for (const value of draw(uniform(0.5), [2000])) expect(Math.abs(value)).toBeLessThanOrEqual(0.5);
  });

  it('give columns of length 1', () => {
    const values = draw(unitColumns, [6, 5]);
    for (let column = 0; column < 5; column++) {
      const squared = [0, 1, 2, 3, 4, 5].reduce((sum, row) => sum + values[row * 5 + column] ** 2, 0);
      expect(squared).toBeCloseTo(1, 6);
    }
  });

  it('repeat for the same stream and differ for another', () => {
    expect(draw(normal(), [8])).toEqual(draw(normal(), [8]));
    expect(draw(normal(), [8], 4)).not.toEqual(draw(normal(), [8]));
  });
});
