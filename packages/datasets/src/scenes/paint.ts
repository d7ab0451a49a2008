import type { RandomStream } from '@polytag/core';
import { drawBackground, lightOf } from './background.js';
import { Brush } from './brush.js';
import { Canvas } from './canvas.js';
import type { SceneContent } from './grammar.js';
import type { Layout } from './layout.js';
import { THINGS } from './things/index.js';

/** Paints a layout from the farthest to the nearest. Object i of the layout is object i + 1 of the canvas. */
export function paint(content: SceneContent, layout: Layout, random: RandomStream, size: number): Canvas {
  const canvas = new Canvas(size);
  const light = lightOf(content.weather);
  drawBackground(canvas, content, random.fork('background'), layout);
  layout.objects.forEach(({ label, key, box, mirrored, tilt }, i) => {
    const thing = THINGS[label];
    canvas.startObject(i + 1);
    const brush = new Brush(canvas, { box, mirrored, tilt, light: thing.shines ? undefined : light });
    thing.draw(brush, random.fork(`object/${key}`));
  });
  return canvas;
}
