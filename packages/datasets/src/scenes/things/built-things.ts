import { BODYWORK, HULLS, INK, ROOFS, SAILS, WALLS, WHITE, shade, vary, type Colour } from '../palette.js';
import { between, pick } from '../draw-from.js';
import type { Thing } from './thing.js';

const GLASS: Colour = [168, 212, 236];

export const house: Thing = {
  band: 'far',
  height: [0.38, 0.5],
  aspect: [0.9, 1.15],
  draw(brush, random) {
    const wall = vary(random, pick(random, WALLS));
    const roof = vary(random, pick(random, ROOFS));
    const eaves = between(random, [0.38, 0.46]);
    if (random.uniform() < 0.6) brush.rectangle(0.7, 0.06, 0.81, eaves, shade(roof, -0.25));
    brush.rectangle(0.1, eaves - 0.02, 0.9, 1, wall);
    brush.rectangle(0.1, 0.94, 0.9, 1, shade(wall, -0.25));
    brush.polygon(
      [
        [0, eaves],
        [0.5, 0],
        [1, eaves],
      ],
      roof,
    );
    brush.rectangle(0.0, eaves - 0.03, 1, eaves + 0.015, shade(roof, -0.25));
    brush.rectangle(0.41, 0.64, 0.59, 1, shade(roof, -0.3));
    brush.dot([0.55, 0.82], 0.02, WHITE);
    for (const left of [0.17, 0.66]) {
      brush.rectangle(left - 0.02, 0.56, left + 0.2, 0.8, shade(wall, -0.4));
      brush.rectangle(left, 0.58, left + 0.18, 0.78, GLASS);
      brush.rectangle(left + 0.08, 0.58, left + 0.1, 0.78, shade(wall, -0.4));
      brush.rectangle(left, 0.67, left + 0.18, 0.69, shade(wall, -0.4));
    }
  },
};

export const car: Thing = {
  band: 'near',
  height: [0.2, 0.26],
  aspect: [1.95, 2.3],
  draw(brush, random) {
    const body = vary(random, pick(random, BODYWORK));
    const roof = between(random, [0.24, 0.32]);
    brush.polygon(
      [
        [roof - 0.1, 0.45],
        [roof + 0.04, 0.02],
        [0.66, 0.02],
        [0.84, 0.45],
      ],
      body,
    );
    brush.polygon(
      [
        [roof - 0.02, 0.43],
        [roof + 0.07, 0.1],
        [0.46, 0.1],
        [0.46, 0.43],
      ],
      GLASS,
    );
    brush.polygon(
      [
        [0.5, 0.43],
        [0.5, 0.1],
        [0.64, 0.1],
        [0.76, 0.43],
      ],
      GLASS,
    );
    brush.polygon(
      [
        [0.01, 0.52],
        [0.06, 0.42],
        [0.86, 0.42],
        [0.98, 0.52],
        [0.99, 0.78],
        [0.01, 0.78],
      ],
      body,
    );
    brush.rectangle(0.01, 0.7, 0.99, 0.78, shade(body, -0.35));
    brush.rectangle(0.93, 0.52, 0.99, 0.62, [255, 236, 140]);
    brush.rectangle(0.01, 0.52, 0.05, 0.62, [220, 40, 40]);
    brush.rectangle(0.52, 0.5, 0.6, 0.54, shade(body, -0.4));
    for (const x of [0.22, 0.78]) {
      brush.dot([x, 0.78], 0.22, INK);
      brush.dot([x, 0.78], 0.11, [186, 188, 194]);
    }
  },
};

export const trafficLight: Thing = {
  band: 'near',
  height: [0.5, 0.64],
  aspect: [0.3, 0.36],
  draw(brush, random) {
    const pole = vary(random, [92, 96, 104]);
    const box = vary(random, [34, 36, 40], 8);
    brush.rectangle(0.42, 0.5, 0.58, 1, pole);
    brush.rectangle(0.25, 0.96, 0.75, 1, shade(pole, -0.3));
    brush.rectangle(0.02, 0, 0.98, 0.62, [236, 200, 60]);
    brush.rectangle(0.08, 0.02, 0.92, 0.6, box);
    const lit = random.integer(3);
    const lamps: readonly Colour[] = [
      [255, 60, 50],
      [255, 200, 40],
      [60, 226, 96],
    ];
    lamps.forEach((lamp, i) =>
      brush.dot([0.5, 0.12 + 0.19 * i], 0.27, i === lit ? lamp : shade(lamp, -0.45)),
    );
  },
};

export const boat: Thing = {
  band: 'water',
  height: [0.36, 0.46],
  aspect: [0.85, 1.1],
  tilt: 0.08,
  draw(brush, random) {
    const hull = vary(random, pick(random, HULLS));
    const sail = vary(random, pick(random, SAILS));
    const mast = between(random, [0.44, 0.52]);
    brush.rectangle(mast - 0.02, 0, mast + 0.02, 0.78, [92, 64, 44]);
    brush.polygon(
      [
        [mast + 0.04, 0.04],
        [mast + 0.04, 0.68],
        [0.95, 0.68],
      ],
      sail,
    );
    brush.polygon(
      [
        [mast - 0.04, 0.14],
        [mast - 0.04, 0.68],
        [0.1, 0.68],
      ],
      shade(sail, -0.14),
    );
    brush.polygon(
      [
        [0, 0.74],
        [1, 0.74],
        [0.82, 1],
        [0.18, 1],
      ],
      hull,
    );
    brush.polygon(
      [
        [0, 0.74],
        [1, 0.74],
        [0.97, 0.8],
        [0.03, 0.8],
      ],
      shade(hull, 0.35),
    );
  },
};
