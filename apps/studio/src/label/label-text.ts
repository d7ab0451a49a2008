import { LabelVocabulary } from '@polytag/core';
import { labelFileEntry, labelFileText, parseLabelFile } from '@polytag/datasets';
import { ABSENT, Labelling, PRESENT, UNKNOWN } from './labelling.ts';

/** What a label file says of the photographs that are there: by their names, which are its paths. */
export function labellingOf(
  text: string,
  source: string,
): { readonly names: string[]; readonly labelling: Labelling } {
  const { classes, images } = parseLabelFile(text, source);
  // Duplicate and look-alike labels are refused as everywhere.
  new LabelVocabulary(classes);
  const labels = classes.map(String);
  const place = new Map(labels.map((label, k) => [label, k]));
  const states = labels.map(() => new Uint8Array(images.length).fill(ABSENT));
  images.forEach(([, present, more], i) => {
    for (const [list, state] of [
      [more?.unknown ?? [], UNKNOWN],
      [present, PRESENT],
    ] as const)
      for (const label of list) {
        const k = place.get(String(label));
        if (k !== undefined) states[k][i] = state;
      }
  });
  return { names: images.map(([name]) => name), labelling: new Labelling(images.length, labels, states) };
}

/** The label file of photographs. @param only positions of those that it lists; default: all */
export function textOf(names: readonly string[], labelling: Labelling, only?: readonly number[]): string {
  const { labels, states } = labelling;
  const having = (image: number, state: number) => labels.filter((_, k) => states[k][image] === state);
  const listed = only ?? names.map((_, image) => image);
  return labelFileText({
    classes: labels,
    images: listed.map((image) =>
      labelFileEntry(names[image], having(image, PRESENT), { unknown: having(image, UNKNOWN) }),
    ),
  });
}
