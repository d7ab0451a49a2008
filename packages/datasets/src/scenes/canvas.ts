import type { Colour } from './palette.js';

export type Point = readonly [x: number, y: number];

/** Where a thing is, in fractions of the picture. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What there is of an object in a picture. */
export interface Coverage {
  /** Share of the picture that it painted, seen or not. */
  readonly painted: number;
  /** Share of the picture that shows it. */
  readonly visible: number;
  /** Around what shows it, in fractions of the side. */
  readonly box: Box;
}

/** Samples along each side of a pixel. */
const SAMPLES = 2;

/**
 * A picture in the making: colours and, beside them, which object painted each sample last (the id buffer).
 * Coordinates are fractions of the side, origin at the top left. Edges are smoothed by taking 2x2 samples a
 * pixel.
 */
export class Canvas {
  /** Samples along a side. */
  readonly side: number;
  readonly #size: number;
  readonly #colours: Uint8ClampedArray;
  readonly #owners: Uint8Array;
  readonly #painted: Uint32Array;
  #object = 0;
  /** Which object painted a sample last, hidden or not, so that a sample painted twice counts once. */
  readonly #stamps: Uint8Array;

  /** @param size side of the finished picture in pixels */
  constructor(size: number) {
    this.#size = size;
    this.side = size * SAMPLES;
    this.#colours = new Uint8ClampedArray(this.side * this.side * 3);
    this.#owners = new Uint8Array(this.side * this.side);
    this.#painted = new Uint32Array(256);
    this.#stamps = new Uint8Array(this.side * this.side);
  }

  /** What is painted from now on belongs to this object: 0 for the background, then 1, 2, … up to 255. */
  startObject(object: number): void {
    this.#object = object;
  }

  /** Paints every sample: a colour for each row, and levels added to it that depend on the place. */
  fill(rowColour: (y: number) => Colour, levels: (x: number, y: number) => number): void {
    for (let row = 0, sample = 0; row < this.side; row++) {
      const y = (row + 0.5) / this.side;
      const [red, green, blue] = rowColour(y);
      for (let column = 0; column < this.side; column++, sample++) {
        const added = levels((column + 0.5) / this.side, y);
        this.#colours[3 * sample] = red + added;
        this.#colours[3 * sample + 1] = green + added;
        this.#colours[3 * sample + 2] = blue + added;
      }
    }
  }

  /** Fills a polygon (even-odd rule): samples whose centre lies inside. */
  polygon(points: readonly Point[], colour: Colour): void {
    const { side } = this;
    let top = Infinity;
    let bottom = -Infinity;
    for (const [, y] of points) {
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    const lastRow = Math.min(side - 1, Math.floor(bottom * side));
    for (let row = Math.max(0, Math.floor(top * side)); row <= lastRow; row++) {
      const crossings = crossingsAt(points, (row + 0.5) / side);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        const from = Math.max(0, Math.ceil(crossings[i] * side - 0.5));
        const to = Math.min(side - 1, Math.ceil(crossings[i + 1] * side - 0.5) - 1);
        for (let column = from; column <= to; column++) this.#paint(row * side + column, colour);
      }
    }
  }

  #paint(sample: number, colour: Colour): void {
    this.#colours[3 * sample] = colour[0];
    this.#colours[3 * sample + 1] = colour[1];
    this.#colours[3 * sample + 2] = colour[2];
    this.#owners[sample] = this.#object;
    if (this.#stamps[sample] !== this.#object) {
      this.#stamps[sample] = this.#object;
      this.#painted[this.#object]++;
    }
  }

  /** For each object: the share of the picture it painted, and what of it is still to be seen. */
  coverage(objects: number): Coverage[] {
    const { side } = this;
    const visible = new Uint32Array(256);
    const edges = Array.from({ length: objects + 1 }, () => ({ left: side, top: side, right: 0, bottom: 0 }));
    this.#owners.forEach((owner, sample) => {
      visible[owner]++;
      const [x, y, edge] = [sample % side, Math.floor(sample / side), edges[owner]];
      edge.left = Math.min(edge.left, x);
      edge.top = Math.min(edge.top, y);
      edge.right = Math.max(edge.right, x + 1);
      edge.bottom = Math.max(edge.bottom, y + 1);
    });
    return edges.slice(1).map(({ left, top, right, bottom }, i) => ({
      painted: this.#painted[i + 1] / side ** 2,
      visible: visible[i + 1] / side ** 2,
      box: {
        left: left / side,
        top: top / side,
        width: Math.max(0, right - left) / side,
        height: Math.max(0, bottom - top) / side,
      },
    }));
  }

  /** RGB bytes [size, size, 3]: the mean of each pixel's samples. */
  pixels(): Uint8Array {
    const result = new Uint8Array(this.#size * this.#size * 3);
    for (let row = 0, at = 0; row < this.#size; row++) {
      for (let column = 0; column < this.#size; column++) {
        const first = 3 * (row * SAMPLES * this.side + column * SAMPLES);
        const below = first + 3 * this.side;
        for (let channel = 0; channel < 3; channel++, at++) {
          const c = this.#colours;
          const sum =
            c[first + channel] + c[first + 3 + channel] + c[below + channel] + c[below + 3 + channel];
          result[at] = (sum + 2) >> 2;
        }
      }
    }
    return result;
  }
}

/** Where a horizontal line crosses the polygon's edges, from left to right. */
function crossingsAt(points: readonly Point[], y: number): number[] {
  const crossings: number[] = [];
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [x0, y0] = points[j];
    const [x1, y1] = points[i];
    if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
  }
  return crossings.sort((a, b) => a - b);
}
