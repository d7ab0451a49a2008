import { tensor3d } from '@tensorflow/tfjs-core';
import { drawScene, VALIDATION_FROM, type Scene, type SceneObject } from '@polytag/datasets/scenes';
import { heatMapPeak, type HeatMap, type MultiLabelModel } from '@polytag/model';

export interface PointingOptions {
  /** Scenes of the built-in validation set, from its first. */
  readonly scenes: number;
  /** Of the scenes. */
  readonly seed: number;
  /** Side of a picture, pixels. */
  readonly size: number;
  /** Called after each batch with the scenes done. */
  readonly report?: (scenes: number) => void;
}

/** How often the peak of a heat map lies on what the label says. */
export interface Pointing {
  /** Pairs of a scene and a label that it shows. */
  readonly pairs: number;
  /** Share of the pairs whose peak is in the box of a thing with the label. */
  readonly hits: number;
  /** Share of the cells that are in such a box: what a cell drawn at random hits. */
  readonly byChance: number;
}

/** Labels that fill the sky: every map points at them. */
const EVERYWHERE: ReadonlySet<string> = new Set(['rain', 'star']);

/** Scenes that are explained at once. */
const BATCH = 25;

/**
 * The pointing game (Zhang et al., "Top-Down Neural Attention by Excitation Backprop", 2016) on built-in scenes, whose
 * generator knows where things are: each label of a scene is explained, whether the model predicts it or not. Rain and stars
 * are left out.
 */
export async function pointingAccuracy(
  model: MultiLabelModel,
  { scenes, seed, size, report }: PointingOptions,
): Promise<{ readonly all: Pointing; readonly byLabel: ReadonlyMap<string, Pointing> }> {
  const found = new Map<string, Pair[]>();
  for (let start = 0; start < scenes; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, scenes - start) }, (_, i) =>
      drawScene({ seed, index: VALIDATION_FROM + start + i, size }),
    );
    for (const { label, ...pair } of await pairsOf(model, batch, size))
      found.set(label, [...(found.get(label) ?? []), pair]);
    report?.(start + batch.length);
  }
  const labels = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    all: summary(labels.flatMap(([, pairs]) => pairs)),
    byLabel: new Map(labels.map(([label, pairs]) => [label, summary(pairs)])),
  };
}

interface Pair {
  readonly isHit: boolean;
  readonly chance: number;
}

async function pairsOf(model: MultiLabelModel, scenes: readonly Scene[], size: number) {
  const wanted = scenes.map(({ labels }) => new Set(labels.filter((label) => !EVERYWHERE.has(label))));
  const labels = [...new Set(wanted.flatMap((those) => [...those]))];
  const pictures = scenes.map(({ pixels }) => tensor3d(pixels, [size, size, 3]));
  const explained = await model.explain(pictures, { labels });
  for (const picture of pictures) picture.dispose();
  return explained.flatMap((maps, i) =>
    maps
      .filter(({ label }) => wanted[i].has(label as SceneObject['label']))
      .map((map) => ({ label: map.label, ...pairOf(map, scenes[i].objects) })),
  );
}

/** A heat map beside the things that it may point at. */
export function pairOf(map: HeatMap, objects: readonly SceneObject[]): Pair {
  const boxes = objects.filter(({ label }) => label === map.label).map(({ box }) => box);
  const isOn = ({ x, y }: { readonly x: number; readonly y: number }) =>
    boxes.some(
      ({ left, top, width, height }) => x >= left && x <= left + width && y >= top && y <= top + height,
    );
  const { height, width, values } = map;
  const cells = values.map((_, i) =>
    Number(isOn({ x: ((i % width) + 0.5) / width, y: (Math.floor(i / width) + 0.5) / height })),
  );
  return { isHit: isOn(heatMapPeak(map)), chance: mean(cells) };
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

const summary = (pairs: readonly Pair[]): Pointing => ({
  pairs: pairs.length,
  hits: mean(pairs.map(({ isHit }) => Number(isHit))),
  byChance: mean(pairs.map(({ chance }) => chance)),
});
