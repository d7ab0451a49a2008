import {
  BARK,
  CLOTH,
  FUR,
  INK,
  LEAVES,
  PETALS,
  SCALES,
  SKIN,
  TROUSERS,
  WHITE,
  shade,
  vary,
} from '../palette.js';
import { between, pick } from '../draw-from.js';
import type { Thing } from './thing.js';

export const tree: Thing = {
  band: 'far',
  height: [0.46, 0.62],
  aspect: [0.56, 0.7],
  draw(brush, random) {
    const leaves = vary(random, pick(random, LEAVES));
    brush.rectangle(0.42, 0.5, 0.58, 1, vary(random, pick(random, BARK)));
    if (random.uniform() < 0.4) {
      for (let i = 2; i >= 0; i--) {
        const top = 0.22 * i;
        const half = 0.3 + 0.1 * i;
        brush.polygon(
          [
            [0.5 - half, top + 0.36],
            [0.5, top],
            [0.5 + half, top + 0.36],
          ],
          shade(leaves, 0.12 * (1 - i)),
        );
      }
      return;
    }
    for (const [x, y, radius] of [
      [0.28, 0.42, 0.27],
      [0.72, 0.42, 0.27],
      [0.5, 0.26, 0.3],
      [0.5, 0.5, 0.26],
    ]) {
      brush.ellipse(x, y, radius * between(random, [0.92, 1.08]), radius * 0.8, leaves);
    }
    brush.ellipse(0.4, 0.24, 0.13, 0.09, shade(leaves, 0.18));
    brush.ellipse(0.68, 0.44, 0.12, 0.08, shade(leaves, -0.18));
  },
};

export const flower: Thing = {
  band: 'near',
  height: [0.32, 0.42],
  aspect: [0.55, 0.68],
  tilt: 0.12,
  draw(brush, random) {
    const petal = vary(random, pick(random, PETALS));
    const stem = vary(random, [64, 156, 60]);
    brush.line([0.5, 0.4], [0.5, 0.97], 0.1, stem);
    brush.polygon(
      [
        [0.5, 0.85],
        [0.18, 0.62],
        [0.3, 0.86],
      ],
      stem,
    );
    brush.polygon(
      [
        [0.5, 0.8],
        [0.84, 0.58],
        [0.7, 0.82],
      ],
      stem,
    );
    const petals = 5 + random.integer(3);
    const turn = between(random, [0, 1]);
    for (let i = 0; i < petals; i++) {
      const angle = turn + (2 * Math.PI * i) / petals;
      brush.dot(
        [0.5 + 0.31 * Math.cos(angle), 0.3 + 0.19 * Math.sin(angle)],
        0.2,
        i % 2 ? shade(petal, -0.12) : petal,
      );
    }
    brush.dot([0.5, 0.3], 0.19, petal[1] > 180 && petal[2] < 120 ? [150, 84, 30] : [250, 204, 40]);
  },
};

export const person: Thing = {
  band: 'near',
  height: [0.46, 0.58],
  aspect: [0.4, 0.46],
  draw(brush, random) {
    const skin = pick(random, SKIN);
    const cloth = vary(random, pick(random, CLOTH));
    const trousers = pick(random, TROUSERS);
    const step = between(random, [0, 0.14]);
    brush.line([0.42, 0.6], [0.36 - step, 0.95], 0.2, trousers);
    brush.line([0.58, 0.6], [0.64 + step, 0.95], 0.2, trousers);
    brush.line([0.36 - step, 0.97], [0.26 - step, 0.97], 0.12, INK);
    brush.line([0.64 + step, 0.97], [0.74 + step, 0.97], 0.12, INK);
    const raised = random.uniform() < 0.35;
    brush.line([0.32, 0.32], [0.1, 0.54], 0.15, shade(cloth, -0.15));
    brush.line([0.68, 0.32], raised ? [0.94, 0.14] : [0.9, 0.54], 0.15, shade(cloth, -0.15));
    brush.dot([0.1, 0.56], 0.09, skin);
    brush.dot(raised ? [0.95, 0.12] : [0.9, 0.56], 0.09, skin);
    brush.polygon(
      [
        [0.26, 0.27],
        [0.74, 0.27],
        [0.7, 0.64],
        [0.3, 0.64],
      ],
      cloth,
    );
    brush.ellipse(0.5, 0.12, 0.25, 0.12, skin);
    brush.ellipse(0.5, 0.085, 0.26, 0.085, pick(random, FUR), Math.PI, 2 * Math.PI);
    brush.dot([0.42, 0.13], 0.035, INK);
    brush.dot([0.6, 0.13], 0.035, INK);
  },
};

export const dog: Thing = {
  band: 'near',
  height: [0.24, 0.32],
  aspect: [1.15, 1.35],
  draw(brush, random) {
    const fur = vary(random, pick(random, FUR));
    const dark = shade(fur, -0.3);
    brush.line([0.12, 0.45], [0.02, 0.16], 0.09, fur);
    for (const x of [0.16, 0.28, 0.54, 0.66])
      brush.line([x, 0.62], [x, 0.94], 0.12, x < 0.2 || x > 0.6 ? dark : fur);
    brush.ellipse(0.4, 0.52, 0.34, 0.2, fur);
    brush.polygon(
      [
        [0.54, 0.44],
        [0.66, 0.16],
        [0.82, 0.36],
        [0.68, 0.62],
      ],
      fur,
    );
    brush.ellipse(0.76, 0.26, 0.17, 0.17, fur);
    brush.ellipse(0.9, 0.33, 0.11, 0.095, shade(fur, 0.2));
    brush.ellipse(0.97, 0.29, 0.035, 0.04, INK);
    brush.ellipse(0.67, 0.3, 0.06, 0.17, dark);
    brush.dot([0.81, 0.21], 0.035, INK);
    brush.rectangle(0.62, 0.45, 0.74, 0.51, [214, 44, 48]);
  },
};

export const fish: Thing = {
  band: 'under',
  height: [0.19, 0.25],
  aspect: [1.55, 1.85],
  tilt: 0.25,
  draw(brush, random) {
    const scales = vary(random, pick(random, SCALES));
    brush.polygon(
      [
        [0.26, 0.5],
        [0, 0.1],
        [0.06, 0.5],
        [0, 0.9],
      ],
      shade(scales, -0.22),
    );
    brush.polygon(
      [
        [0.4, 0.2],
        [0.52, 0],
        [0.72, 0.2],
      ],
      shade(scales, -0.22),
    );
    brush.polygon(
      [
        [0.5, 0.8],
        [0.46, 1],
        [0.66, 0.82],
      ],
      shade(scales, -0.22),
    );
    brush.ellipse(0.59, 0.5, 0.4, 0.37, scales);
    if (random.uniform() < 0.5) {
      brush.polygon(
        [
          [0.42, 0.18],
          [0.5, 0.15],
          [0.5, 0.85],
          [0.42, 0.82],
        ],
        WHITE,
      );
      brush.polygon(
        [
          [0.6, 0.13],
          [0.68, 0.15],
          [0.68, 0.85],
          [0.6, 0.87],
        ],
        WHITE,
      );
    }
    brush.dot([0.84, 0.4], 0.13, WHITE);
    brush.dot([0.86, 0.4], 0.07, INK);
    brush.line([0.93, 0.66], [0.84, 0.64], 0.05, shade(scales, -0.5));
  },
};
