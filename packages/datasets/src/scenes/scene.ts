import { RandomStream, UsageError } from '@polytag/core';
import type { Box } from './canvas.js';
import { composeScene, type SceneContent, type SceneLabel } from './grammar.js';
import { paint } from './paint.js';
import { settle } from './settle.js';

export interface SceneOptions {
  readonly seed: number;
  /** Which scene of the seed's endless series, from 0. */
  readonly index: number;
  /** Side in pixels, 32 … 1024. The scene is the same at every size. */
  readonly size: number;
}

export interface SceneObject {
  readonly label: SceneLabel;
  /** Share of the picture that shows this object. */
  readonly visible: number;
  /** The smallest box around what shows it, in fractions of the side, from the top left. */
  readonly box: Box;
}

export interface Scene {
  /** RGB bytes [size, size, 3]. */
  readonly pixels: Uint8Array;
  /** One entry an object, as VOC lists them: a label with two objects is there twice. */
  readonly labels: readonly SceneLabel[];
  /** From the farthest to the nearest. */
  readonly objects: readonly SceneObject[];
  /** What the grammar asked for; an object that found no place to be seen is missing from `labels`. */
  readonly content: SceneContent;
}

/** Levels by which the grain moves a pixel at most. */
const GRAIN = 4;

/**
 * Draws one scene of the built-in data set: a pure function of its options. What is listed is what can be
 * seen: the id buffer of the drawing decides, not the plan.
 *
 * @throws UsageError when size or index is out of range
 */
export function drawScene({ seed, index, size }: SceneOptions): Scene {
  if (!Number.isInteger(size) || size < 32 || size > 1024) {
    throw new UsageError(
      'usage/scene-size',
      `The width of a scene must be a whole number from 32 to 1024 (got ${size}).`,
      {
        hint: 'Choose a whole number from 32 to 1024.',
      },
    );
  }
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new UsageError(
      'usage/scene-index',
      `The index of a scene must be a whole number of at least 0 (got ${index}).`,
      {
        hint: 'Choose a whole number of at least 0.',
      },
    );
  }
  const random = new RandomStream(seed, `scene/${index}`);
  const content = composeScene(random.fork('content'));
  const { layout, coverage } = settle(content, random);
  const pixels = paint(content, layout, random.fork('paint'), size).pixels();
  addGrain(pixels, random.fork('grain'));
  const objects = layout.objects.map(({ label }, i) => {
    const { visible, box } = coverage[i];
    return { label, visible, box };
  });
  return { pixels, labels: objects.map(({ label }) => label), objects, content };
}

/** The same small random step on all three channels of a pixel, as a camera's noise; a word serves four pixels. */
function addGrain(pixels: Uint8Array, random: RandomStream): void {
  let word = 0;
  for (let pixel = 0; pixel * 3 < pixels.length; pixel++) {
    word = pixel % 4 === 0 ? random.nextUint32() : word >>> 8;
    const step = ((word & 0xff) % (2 * GRAIN + 1)) - GRAIN;
    for (let channel = 3 * pixel; channel < 3 * pixel + 3; channel++) {
      pixels[channel] = Math.min(255, Math.max(0, pixels[channel] + step));
    }
  }
}
