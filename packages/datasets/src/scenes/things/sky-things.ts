import type { Point } from '../canvas.js';
import { between, pick } from '../draw-from.js';
import { shade, vary, type Colour } from '../palette.js';
import type { Thing } from './thing.js';

export const sun: Thing = {
  band: 'sky',
  height: [0.24, 0.34],
  aspect: [1, 1],
  tilt: 0.4,
  shines: true,
  draw(brush, random) {
    const colour = vary(
      random,
      pick<Colour>(random, [
        [255, 214, 40],
        [255, 184, 36],
        [255, 228, 96],
      ]),
    );
    const rays = 8 + random.integer(5);
    for (let i = 0; i < rays; i++) {
      const angle = (2 * Math.PI * i) / rays;
      const at = (radius: number, turn: number): Point => [
        0.5 + radius * Math.cos(angle + turn),
        0.5 + radius * Math.sin(angle + turn),
      ];
      brush.polygon([at(0.32, -0.16), at(0.5, 0), at(0.32, 0.16)], shade(colour, 0.15));
    }
    brush.ellipse(0.5, 0.5, 0.33, 0.33, colour);
    brush.ellipse(0.47, 0.46, 0.2, 0.2, shade(colour, 0.3));
  },
};

export const moon: Thing = {
  band: 'sky',
  height: [0.28, 0.36],
  aspect: [1, 1],
  tilt: 0.5,
  shines: true,
  draw(brush, random) {
    const colour = vary(random, [240, 234, 196]);
    brush.polygon(crescent(between(random, [0.4, 0.5])), colour);
    brush.ellipse(0.2, 0.5, 0.045, 0.045, shade(colour, -0.14));
    brush.ellipse(0.3, 0.72, 0.04, 0.04, shade(colour, -0.14));
  },
};

/**
 * The outer edge is a circle of the box's size, the inner one the circle through its two tips and the point
 * `thickness` from the left edge.
 */
function crescent(thickness: number): Point[] {
  const steps = 28;
  const tip = Math.PI / 3;
  const tipX = 0.5 + 0.5 * Math.cos(tip);
  const tipY = 0.5 * Math.sin(tip);
  const middle = (tipX * tipX + tipY * tipY - thickness * thickness) / (2 * (tipX - thickness));
  const radius = middle - thickness;
  const innerTip = Math.atan2(tipY, tipX - middle);
  const arc = (x: number, r: number, from: number, to: number): Point[] =>
    Array.from({ length: steps + 1 }, (_, i) => {
      const angle = from + ((to - from) * i) / steps;
      return [x + r * Math.cos(angle), 0.5 + r * Math.sin(angle)];
    });
  return [...arc(0.5, 0.5, tip, 2 * Math.PI - tip), ...arc(middle, radius, 2 * Math.PI - innerTip, innerTip)];
}

export const star: Thing = {
  band: 'field',
  height: [0.4, 0.44],
  aspect: [2.2, 2.4],
  shines: true,
  draw(brush, random) {
    const colour = vary(
      random,
      pick<Colour>(random, [
        [255, 250, 214],
        [255, 238, 150],
        [230, 240, 255],
      ]),
      8,
    );
    const columns = 6;
    const first = random.integer(2);
    for (let i = 0; i < columns; i++) {
      const x = (i + between(random, [0.3, 0.7])) / columns;
      const y = ((i + first) % 2 === 0 ? 0.25 : 0.7) + between(random, [-0.1, 0.1]);
      fivePoints(x, y, between(random, [0.17, 0.22]), between(random, [0, 1.2])).forEach((triangle) =>
        brush.polygon(triangle, colour),
      );
    }
  },
};

/** A five-pointed star as ten triangles about its middle; the box is wider than high, which `squeeze` undoes. */
function fivePoints(x: number, y: number, radius: number, turn: number): Point[][] {
  const squeeze = 1 / 2.3;
  const corner = (i: number): Point => {
    const r = i % 2 === 0 ? radius : radius * 0.45;
    const angle = turn + (Math.PI * i) / 5;
    return [x + r * squeeze * Math.cos(angle), y + r * Math.sin(angle)];
  };
  return Array.from({ length: 10 }, (_, i) => [[x, y], corner(i), corner(i + 1)]);
}

export const cloud: Thing = {
  band: 'sky',
  height: [0.17, 0.24],
  aspect: [1.7, 2.2],
  draw(brush, random) {
    const colour = vary(
      random,
      pick<Colour>(random, [
        [250, 250, 252],
        [226, 230, 238],
        [196, 202, 214],
      ]),
      6,
    );
    const puffs: readonly [number, number, number][] = [
      [0.2, 0.66, 0.3],
      [0.4, 0.45, 0.4],
      [0.63, 0.4, 0.38],
      [0.82, 0.64, 0.3],
      [0.5, 0.68, 0.34],
    ];
    for (const [x, y, radius] of puffs) {
      const r = radius * between(random, [0.88, 1.08]);
      brush.ellipse(x, y + 0.04, r * 0.62, r, shade(colour, -0.16));
    }
    for (const [x, y, radius] of puffs) brush.ellipse(x, y - 0.06, radius * 0.56, radius * 0.88, colour);
  },
};

export const rain: Thing = {
  band: 'field',
  height: [1, 1],
  aspect: [1, 1],
  draw(brush, random) {
    const colour = vary(
      random,
      pick<Colour>(random, [
        [116, 172, 232],
        [150, 196, 240],
        [88, 140, 214],
      ]),
      8,
    );
    const slant = between(random, [-0.5, 0.5]);
    const across = 7;
    const width = between(random, [0.013, 0.018]);
    for (let row = 0; row < across; row++) {
      for (let column = 0; column < across; column++) {
        const x = (column + (row % 2) / 2 + between(random, [0.05, 0.55])) / across;
        const y = (row + between(random, [0, 0.4])) / across;
        const length = between(random, [0.08, 0.12]);
        brush.line([x, y], [x + slant * length, y + length], width, colour);
      }
    }
  },
};
