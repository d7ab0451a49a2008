import type { RandomStream } from '@polytag/core';
import type { SceneContent, SceneLabel } from './grammar.js';
import type { Coverage } from './canvas.js';
import { layOut, type Layout } from './layout.js';
import { paint } from './paint.js';

/** An object that shows less than this share of the picture is not in it. */
export const LEAST_VISIBLE = 0.02;
/** An object of which less than this share of its own silhouette shows is not in it. */
export const LEAST_OF_ITSELF = 0.45;
/** Layouts tried before objects that are hidden are left out. */
const LAYOUTS = 6;
/** Visibility is measured on a picture of this size, so that a scene is the same at every size. */
const PROBE_SIZE = 64;

export interface Settled {
  readonly layout: Layout;
  /** What there is to be seen of each object of the layout. */
  readonly coverage: readonly Coverage[];
}

/**
 * Finds a layout in which every object can be seen. What can be seen is measured in a drawing's id buffer.
 * When a layout hides an object another is tried; after some tries the hidden objects are left out.
 */
export function settle(content: SceneContent, random: RandomStream): Settled {
  let wanted = content;
  for (let attempt = 0; ; attempt++) {
    const layout = layOut(wanted, random.fork(`layout/${attempt}`));
    const coverage = paint(wanted, layout, random.fork('paint'), PROBE_SIZE).coverage(layout.objects.length);
    const hidden = layout.objects.filter((_, i) => {
      const { visible, painted } = coverage[i];
      return visible < LEAST_VISIBLE || visible < LEAST_OF_ITSELF * painted;
    });
    if (hidden.length === 0) return { layout, coverage };
    if (attempt + 1 >= LAYOUTS) {
      wanted = {
        ...wanted,
        objects: without(
          wanted.objects,
          hidden.map(({ label }) => label),
        ),
      };
    }
  }
}

function without(objects: readonly SceneLabel[], hidden: readonly SceneLabel[]): SceneLabel[] {
  const left = [...objects];
  for (const label of hidden) left.splice(left.indexOf(label), 1);
  return left;
}
