import type { PrecisionRecallCurve } from '@polytag/metrics';
import { place } from '../figures.js';

/** A rectangle of a drawing; y grows downwards. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The steps of a curve as an SVG path, recall from left to right, precision upwards. From one recall to the next, the
 * precision of the next: the area beneath is the average precision where no scores are equal. A curve with more than
 * `steps` points is read at `steps` equally distant recalls.
 */
export function stepPath({ precision, recall }: PrecisionRecallCurve, area: Area, steps: number): string {
  const { left, top, width, height } = area;
  let path = '';
  let level = NaN;
  const goOn = (from: number, to: number, value: number) => {
    const y = place(top + height * (1 - value));
    if (y !== level) {
      // Of two steps on one height one line is drawn.
      path += path === '' ? `M${place(left + width * from)} ${y}` : `H${place(left + width * from)}V${y}`;
      level = y;
    }
    if (to === 1) path += `H${place(left + width)}`;
  };
  if (recall.length <= steps) {
    recall.forEach((to, i) => goOn(recall[i - 1] ?? 0, to, precision[i]));
  } else {
    for (let step = 1, i = 0; step <= steps; step++) {
      while (recall[i] < step / steps) i++;
      goOn((step - 1) / steps, step / steps, precision[i]);
    }
  }
  return path;
}
