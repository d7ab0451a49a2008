import type { Box, Canvas, Point } from './canvas.js';
import type { Colour } from './palette.js';

export interface BrushOptions {
  readonly box: Box;
  /** Mirrored left to right. */
  readonly mirrored?: boolean;
  /** Radians, about the middle of the box. */
  readonly tilt?: number;
  /** What the light of the scene does to a colour. */
  readonly light?: (colour: Colour) => Colour;
}

const CORNERS = 36;

/**
 * Draws a thing in its own coordinates: (0, 0) is the top left of its box and (1, 1) the bottom right.
 * Line widths are fractions of the box's shorter side.
 */
export class Brush {
  readonly #canvas: Canvas;
  readonly #options: BrushOptions;

  constructor(canvas: Canvas, options: BrushOptions) {
    this.#canvas = canvas;
    this.#options = options;
  }

  polygon(points: readonly Point[], colour: Colour): void {
    this.#fill(
      points.map((point) => this.#place(point)),
      colour,
    );
  }

  rectangle(left: number, top: number, right: number, bottom: number, colour: Colour): void {
    this.polygon(
      [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ],
      colour,
    );
  }

  /** An ellipse, or the part of it between two angles (radians, clockwise from the right), as a slice. */
  ellipse(
    x: number,
    y: number,
    radiusX: number,
    radiusY: number,
    colour: Colour,
    from = 0,
    to = 2 * Math.PI,
  ): void {
    const whole = to - from >= 2 * Math.PI;
    const points: Point[] = whole ? [] : [[x, y]];
    for (let i = 0; i <= CORNERS; i++) {
      const angle = from + ((to - from) * i) / CORNERS;
      points.push([x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle)]);
    }
    this.polygon(points, colour);
  }

  /** A round dot; its radius is a fraction of the box's shorter side. */
  dot(point: Point, radius: number, colour: Colour): void {
    const [x, y] = this.#place(point);
    const r = radius * this.#unit;
    const points = Array.from({ length: CORNERS }, (_, i): Point => {
      const angle = (2 * Math.PI * i) / CORNERS;
      return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
    });
    this.#fill(points, colour);
  }

  line(from: Point, to: Point, width: number, colour: Colour): void {
    const [x0, y0] = this.#place(from);
    const [x1, y1] = this.#place(to);
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const half = (width * this.#unit) / 2;
    const dx = (-(y1 - y0) / length) * half;
    const dy = ((x1 - x0) / length) * half;
    this.#fill(
      [
        [x0 + dx, y0 + dy],
        [x1 + dx, y1 + dy],
        [x1 - dx, y1 - dy],
        [x0 - dx, y0 - dy],
      ],
      colour,
    );
    this.dot(from, width / 2, colour);
    this.dot(to, width / 2, colour);
  }

  get #unit(): number {
    return Math.min(this.#options.box.width, this.#options.box.height);
  }

  #fill(points: readonly Point[], colour: Colour): void {
    this.#canvas.polygon(points, this.#options.light ? this.#options.light(colour) : colour);
  }

  #place([x, y]: Point): Point {
    const { box, mirrored = false, tilt = 0 } = this.#options;
    const dx = (mirrored ? 0.5 - x : x - 0.5) * box.width;
    const dy = (y - 0.5) * box.height;
    const cos = Math.cos(tilt);
    const sin = Math.sin(tilt);
    return [box.left + box.width / 2 + dx * cos - dy * sin, box.top + box.height / 2 + dx * sin + dy * cos];
  }
}
