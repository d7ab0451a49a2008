import { BALLS, CLOTH, WHITE, vary } from '../palette.js';
import { pick } from '../draw-from.js';
import type { Thing } from './thing.js';

export const ball: Thing = {
  band: 'near',
  height: [0.2, 0.26],
  aspect: [1, 1],
  tilt: 3.1,
  draw(brush, random) {
    const first = vary(random, pick(random, BALLS));
    const second = random.uniform() < 0.6 ? WHITE : vary(random, pick(random, BALLS));
    for (let i = 0; i < 6; i++) {
      brush.ellipse(0.5, 0.5, 0.5, 0.5, i % 2 ? second : first, (Math.PI * i) / 3, (Math.PI * (i + 1)) / 3);
    }
    brush.dot([0.5, 0.5], 0.1, WHITE);
  },
};

/** Held by a person: the scene puts its handle at the person's side. */
export const umbrella: Thing = {
  band: 'near',
  height: [0.36, 0.42],
  aspect: [1.05, 1.2],
  draw(brush, random) {
    const first = vary(random, pick(random, CLOTH));
    const second = random.uniform() < 0.5 ? first : vary(random, pick(random, CLOTH));
    brush.line([0.5, 0.06], [0.5, 0.92], 0.045, [70, 50, 40]);
    brush.line([0.5, 0.95], [0.58, 0.95], 0.05, [70, 50, 40]);
    const panels = 5;
    for (let i = 0; i < panels; i++) {
      const from = Math.PI * (1 + i / panels);
      brush.ellipse(0.5, 0.5, 0.5, 0.46, i % 2 ? second : first, from, from + Math.PI / panels);
    }
    for (let i = 0; i < panels; i++) {
      brush.ellipse((i + 0.5) / panels, 0.5, 0.5 / panels, 0.05, i % 2 ? second : first);
    }
  },
};
