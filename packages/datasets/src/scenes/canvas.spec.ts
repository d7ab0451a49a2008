import { Canvas, type Point } from './canvas.js';

const square = (left: number, top: number, right: number, bottom: number): Point[] => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];

describe('Canvas', () => {
  it('counts what an object painted and what is left of it', () => {
    const canvas = new Canvas(16);
    canvas.startObject(1);
    canvas.polygon(square(0, 0, 0.5, 0.5), [10, 20, 30]);
    canvas.polygon(square(0, 0, 0.25, 0.25), [40, 50, 60]);
    canvas.startObject(2);
    canvas.polygon(square(0.25, 0, 0.75, 0.5), [70, 80, 90]);
    expect(canvas.coverage(2)).toEqual([
      { painted: 0.25, visible: 0.125, box: { left: 0, top: 0, width: 0.25, height: 0.5 } },
      { painted: 0.25, visible: 0.25, box: { left: 0.25, top: 0, width: 0.5, height: 0.5 } },
    ]);
  });

  it('cuts off what lies outside', () => {
    const canvas = new Canvas(16);
    canvas.startObject(1);
    canvas.polygon(square(-1, -1, 2, 2), [1, 1, 1]);
    const box = { left: 0, top: 0, width: 1, height: 1 };
    expect(canvas.coverage(1)).toEqual([{ painted: 1, visible: 1, box }]);
    expect(canvas.pixels().every((byte) => byte === 1)).toBe(true);
  });

  it('gives a polygon its area, and its edges the mean of what they part', () => {
    const canvas = new Canvas(64);
    canvas.startObject(1);
    const corners = Array.from({ length: 90 }, (_, i): Point => {
      const angle = (2 * Math.PI * i) / 90;
      return [0.5 + 0.4 * Math.cos(angle), 0.5 + 0.3 * Math.sin(angle)];
    });
    canvas.polygon(corners, [200, 200, 200]);
    expect(canvas.coverage(1)[0].painted).toBeCloseTo(Math.PI * 0.4 * 0.3, 2);

    const half = new Canvas(4);
    half.startObject(1);
    half.polygon(square(0, 0, 0.375, 1), [200, 100, 0]);
    expect([...half.pixels().subarray(0, 12)]).toEqual([200, 100, 0, 100, 50, 0, 0, 0, 0, 0, 0, 0]);
  });
});
