import { RandomStream } from '@polytag/core';
import { Brush } from './brush.js';
import type { Canvas } from './canvas.js';
import { between, pick } from './draw-from.js';
import type { SceneContent } from './grammar.js';
import { mix, shade, vary, type Colour } from './palette.js';

type Gradient = readonly [top: Colour, bottom: Colour];

const SKY: Record<SceneContent['weather'], readonly Gradient[]> = {
  clear: [
    [
      [70, 150, 232],
      [186, 224, 248],
    ],
    [
      [106, 176, 240],
      [222, 236, 246],
    ],
    [
      [84, 140, 220],
      [244, 208, 176],
    ],
  ],
  cloudy: [
    [
      [126, 154, 186],
      [204, 214, 222],
    ],
    [
      [104, 134, 172],
      [190, 204, 216],
    ],
  ],
  rainy: [
    [
      [84, 92, 106],
      [140, 148, 160],
    ],
    [
      [70, 78, 96],
      [118, 128, 142],
    ],
  ],
  night: [
    [
      [12, 16, 44],
      [44, 54, 96],
    ],
    [
      [18, 12, 46],
      [66, 48, 92],
    ],
    [
      [8, 14, 30],
      [28, 52, 76],
    ],
  ],
};
const GROUND: Record<SceneContent['place'], readonly Gradient[]> = {
  garden: [
    [
      [128, 186, 92],
      [90, 152, 66],
    ],
    [
      [150, 192, 96],
      [110, 160, 70],
    ],
  ],
  park: [
    [
      [148, 196, 104],
      [104, 164, 78],
    ],
    [
      [176, 190, 110],
      [136, 156, 78],
    ],
  ],
  street: [
    [
      [168, 166, 160],
      [140, 138, 136],
    ],
    [
      [186, 176, 162],
      [150, 144, 138],
    ],
  ],
  sea: [
    [
      [48, 132, 186],
      [22, 86, 146],
    ],
    [
      [62, 154, 180],
      [24, 104, 142],
    ],
  ],
};
const SAND: readonly Colour[] = [
  [236, 214, 158],
  [222, 192, 136],
];

/** What the light of the weather does to everything that does not shine itself. */
export function lightOf(weather: SceneContent['weather']): (colour: Colour) => Colour {
  if (weather === 'night') return (colour) => mix(colour, [20, 24, 60], 0.42);
  if (weather === 'rainy') return (colour) => mix(colour, [92, 98, 110], 0.2);
  return (colour) => colour;
}

/** Sky, ground, and what lies on them without being a label: hills, a road, waves, sand. */
export function drawBackground(
  canvas: Canvas,
  content: SceneContent,
  random: RandomStream,
  { horizon, shore }: { horizon: number; shore: number },
): void {
  const light = lightOf(content.weather);
  const sky = pick(random, SKY[content.weather]).map((colour) => vary(random, colour)) as [Colour, Colour];
  const ground = pick(random, GROUND[content.place]).map((colour) => light(vary(random, colour))) as [
    Colour,
    Colour,
  ];
  const texture = valueNoise(random.fork('texture'), 12);
  canvas.startObject(0);
  canvas.fill(
    (y) =>
      y < horizon
        ? mix(sky[0], sky[1], y / horizon)
        : mix(ground[0], ground[1], (y - horizon) / (1 - horizon)),
    (x, y) => (y < horizon ? 7 * texture(x, y * 0.6) : 14 * texture(x, y)),
  );
  const brush = new Brush(canvas, { box: { left: 0, top: 0, width: 1, height: 1 } });
  if (content.place === 'street') drawRoad(brush, random, horizon, light);
  else if (content.place === 'sea') drawSea(brush, random, horizon, shore, light, ground[0]);
  else if (random.uniform() < 0.6) drawHills(brush, random, horizon, mix(ground[0], sky[1], 0.35));
}

function drawHills(brush: Brush, random: RandomStream, horizon: number, colour: Colour): void {
  for (let i = 0; i < 2; i++) {
    const middle = between(random, [0, 1]);
    const radiusX = between(random, [0.3, 0.5]);
    brush.ellipse(
      middle,
      horizon,
      radiusX,
      between(random, [0.05, 0.12]),
      shade(colour, 0.06 * i),
      Math.PI,
      2 * Math.PI,
    );
  }
}

function drawRoad(
  brush: Brush,
  random: RandomStream,
  horizon: number,
  light: (colour: Colour) => Colour,
): void {
  const top = horizon + between(random, [0.14, 0.2]);
  const bottom = between(random, [0.95, 1]);
  brush.rectangle(0, top, 1, bottom, light(vary(random, [92, 92, 98])));
  const middle = (top + bottom) / 2;
  const start = between(random, [-0.2, 0]);
  for (let x = start; x < 1; x += 0.25)
    brush.rectangle(x, middle - 0.01, x + 0.12, middle + 0.012, light([222, 220, 206]));
}

function drawSea(
  brush: Brush,
  random: RandomStream,
  horizon: number,
  shore: number,
  light: (colour: Colour) => Colour,
  water: Colour,
): void {
  const foam = shade(water, 0.28);
  for (let i = 0; i < 12; i++) {
    const x = between(random, [-0.05, 0.95]);
    const y = between(random, [horizon + 0.03, shore]);
    const length = between(random, [0.06, 0.16]);
    brush.polygon(
      [
        [x, y],
        [x + length / 2, y - 0.012],
        [x + length, y],
        [x + length / 2, y + 0.004],
      ],
      foam,
    );
  }
  if (shore < 1) {
    const sand = light(vary(random, pick(random, SAND)));
    brush.rectangle(0, shore - 0.012, 1, shore + 0.02, shade(foam, 0.4));
    brush.rectangle(0, shore, 1, 1, sand);
  }
}

/** Smooth noise in [−1, 1]: random values on a lattice of `cells` x `cells`, linearly interpolated. */
function valueNoise(random: RandomStream, cells: number): (x: number, y: number) => number {
  const row = cells + 2;
  const values = Float32Array.from({ length: row * row }, () => 2 * random.uniform() - 1);
  return (x, y) => {
    const column = Math.floor(x * cells);
    const line = Math.floor(y * cells);
    const dx = x * cells - column;
    const dy = y * cells - line;
    const at = line * row + column;
    const above = values[at] + (values[at + 1] - values[at]) * dx;
    const below = values[at + row] + (values[at + row + 1] - values[at + row]) * dx;
    return above + (below - above) * dy;
  };
}
