import type { ClassName } from '@polytag/core';
import type { LabelFile } from './parse-label-file.js';

/**
 * Formats a label file (docs/method.md#label-file), one image per line. If more labels of images are unknown than
 * absent, it has `"unlisted": "unknown"` and lists the absent ones.
 *
 * @param pathOf converts the path of an image. Default: unchanged
 */
export function labelFileText(
  file: LabelFile,
  pathOf: (path: string, index: number) => string = (path) => path,
): string {
  const { unlisted, images } = shorterNotation(file);
  const lines = images.map(([name, ...said], i) => JSON.stringify([pathOf(name, i), ...said]));
  const head = unlisted === 'unknown' ? '"unlisted": "unknown",\n' : '';
  return `{"classes": ${JSON.stringify(file.classes)},\n${head}"images": [\n${lines.join(',\n')}\n]}\n`;
}

/** The third element of an image: labels besides those it has. */
interface Notation {
  readonly unlisted: 'absent' | 'unknown';
  readonly images: readonly (readonly [path: string, labels: readonly ClassName[], more?: object])[];
}

/** Lists the unknown labels or the absent ones, whichever are fewer. */
function shorterNotation({ classes, images }: LabelFile): Notation {
  let [unknownInAll, absentInAll] = [0, 0];
  for (const image of images) {
    const { unknown, absent } = othersOf(image, classes);
    unknownInAll += unknown.length;
    absentInAll += absent.length;
  }
  const unlisted = unknownInAll > absentInAll ? 'unknown' : 'absent';
  const named = unlisted === 'unknown' ? 'absent' : 'unknown';
  return {
    unlisted,
    images: images.map((image) => {
      const [path, labels] = image;
      const others = othersOf(image, classes)[named];
      return others.length > 0 ? [path, labels, { [named]: others }] : [path, labels];
    }),
  };
}

/** The labels that an image does not list. */
function othersOf(
  [, labels, more]: LabelFile['images'][number],
  classes: readonly ClassName[],
): { readonly unknown: readonly ClassName[]; readonly absent: readonly ClassName[] } {
  const unknown = more?.unknown ?? [];
  const others = new Set([...labels, ...unknown].map(String));
  return { unknown, absent: classes.filter((label) => !others.has(String(label))) };
}
