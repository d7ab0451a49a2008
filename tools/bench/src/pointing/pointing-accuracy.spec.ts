import { heatMapPeak, type HeatMap } from '@polytag/model';
import { pairOf } from './pointing-accuracy.js';

const map = (values: number[]): HeatMap => ({
  label: 'dog',
  score: 1,
  kind: 'contributions',
  height: 2,
  width: 2,
  values: Float32Array.from(values),
});
const dog = (left: number, top: number) => ({
  label: 'dog' as const,
  visible: 0.1,
  box: { left, top, width: 0.4, height: 0.4 },
});
const cat = { label: 'ball' as const, visible: 0.1, box: { left: 0, top: 0, width: 1, height: 1 } };

it('counts a peak in the box of any thing with the label, and of no other', () => {
  const peak = map([0, 0, 3, 1]);
  expect(heatMapPeak(peak)).toEqual({ x: 0.25, y: 0.75 });
  expect(pairOf(peak, [cat, dog(0.5, 0.1), dog(0.1, 0.5)])).toEqual({ isHit: true, chance: 0.5 });
  expect(pairOf(peak, [cat, dog(0.5, 0.5)])).toEqual({ isHit: false, chance: 0.25 });
});
