import type { RandomStream } from '@polytag/core';
import type { Box } from './canvas.js';
import { between } from './draw-from.js';
import type { SceneContent, SceneLabel } from './grammar.js';
import { THINGS } from './things/index.js';

export interface Placed {
  readonly label: SceneLabel;
  /** Decides the object's colours and details. */
  readonly key: number;
  readonly box: Box;
  readonly mirrored: boolean;
  readonly tilt: number;
}

export interface Layout {
  /** Height of the horizon; sky above. */
  readonly horizon: number;
  /** In a sea scene: where the sand begins (1: no sand). */
  readonly shore: number;
  /** From the farthest to the nearest. */
  readonly objects: readonly Placed[];
}

/** Places tried for an object before the one with the least overlap is taken. */
const TRIES = 24;
/** Boxes may overlap by this share of the smaller one: things hide each other a little. */
const OVERLAP = 0.2;

/** Gives every object of a scene a place, a size, a side and a tilt. */
export function layOut(content: SceneContent, random: RandomStream): Layout {
  const onSand =
    content.place === 'sea' && content.objects.some((label) => label === 'person' || label === 'ball');
  const horizon = content.place === 'sea' ? between(random, [0.38, 0.46]) : between(random, [0.44, 0.56]);
  const shore = onSand ? between(random, [0.84, 0.9]) : 1;
  const placed: Placed[] = [];
  // The largest first: they have the fewest places to go. An umbrella follows its person.
  const order = [...content.objects].sort((a, b) => rank(a) - rank(b));
  for (const [key, label] of order.entries()) {
    const thing = THINGS[label];
    const mirrored = random.uniform() < 0.5;
    const tilt = between(random, [-(thing.tilt ?? 0), thing.tilt ?? 0]);
    const height = between(random, thing.height);
    const width = height * between(random, thing.aspect);
    const holder = label === 'umbrella' ? placed.find((object) => object.label === 'person') : undefined;
    if (holder) {
      placed.push({ label, key, box: overhead(holder, width, height), mirrored, tilt });
      continue;
    }
    let best: Box | undefined;
    let least = Infinity;
    for (let i = 0; i < TRIES && least > OVERLAP; i++) {
      const box: Box = {
        ...position(label, content, { horizon, shore, width, height }, random),
        width,
        height,
      };
      const most = Math.max(
        0,
        ...placed.map((other) => (competes(label, other.label) ? overlap(box, other.box) : 0)),
      );
      if (most < least) [best, least] = [box, most];
    }
    placed.push({ label, key, box: best!, mirrored, tilt });
  }
  return { horizon, shore, objects: placed.sort((a, b) => depth(a) - depth(b)) };
}

function rank(label: SceneLabel): number {
  if (label === 'umbrella') return 2;
  return label === 'house' || label === 'car' || label === 'person' || label === 'boat' ? 0 : 1;
}

/** Stars and rain lie behind or between the other things and take no room from them. */
function competes(a: SceneLabel, b: SceneLabel): boolean {
  return THINGS[a].band !== 'field' && THINGS[b].band !== 'field';
}

function position(
  label: SceneLabel,
  content: SceneContent,
  { horizon, shore, width, height }: { horizon: number; shore: number; width: number; height: number },
  random: RandomStream,
): { left: number; top: number } {
  const { band } = THINGS[label];
  const left = between(random, [-0.03, 1.03 - width]);
  const standing = (foot: number) => ({ left, top: foot - height });
  switch (band) {
    case 'field':
      return label === 'rain'
        ? { left: 0, top: 0 }
        : { left: (1 - width) / 2, top: between(random, [-0.02, horizon - height + 0.04]) };
    case 'sky':
      return { left, top: between(random, [-0.02, Math.max(0, horizon - height - 0.08)]) };
    case 'far':
      return standing(horizon + between(random, [0.03, 0.14]));
    case 'near':
      return standing(
        content.place === 'sea'
          ? between(random, [shore + 0.05, 0.99])
          : between(random, [horizon + 0.26, 0.99]),
      );
    case 'water':
      return standing(horizon + between(random, [0.05, 0.14]));
    case 'under':
      return {
        left,
        top: between(random, [horizon + 0.16, Math.max(horizon + 0.17, Math.min(shore, 1) - height - 0.02)]),
      };
  }
}

/** The umbrella's box when a person holds it: the canopy over the head, the handle beside the body. */
function overhead({ box, mirrored }: Placed, width: number, height: number): Box {
  const hand = box.left + box.width * (mirrored ? 0.12 : 0.88);
  return { left: hand - width / 2, top: Math.max(-0.02, box.top + box.height * 0.6 - height), width, height };
}

/** Shared area over the smaller area. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / Math.min(a.width * a.height, b.width * b.height);
}

/** Stars and sun lie farthest; rain falls between the far and the near things; the rest by where it stands. */
function depth({ label, box }: Placed): number {
  const foot = box.top + box.height;
  switch (THINGS[label].band) {
    case 'field':
      return label === 'rain' ? 3 : 0;
    case 'sky':
      return label === 'cloud' ? 1 + foot / 10 : 0.5;
    case 'far':
    case 'water':
      return 2 + foot / 10;
    default:
      return 4 + (label === 'umbrella' ? 1 : foot / 10);
  }
}
