import { LabelVocabulary } from '@polytag/core';
import { labelFileEntry, labelFileText, parseLabelFile } from '@polytag/datasets';
import { strings } from '../strings.ts';
import { ABSENT, Labelling, PRESENT, UNKNOWN } from './labelling.ts';

/** What a label file says of photographs that are not there. */
export interface Rest {
  /** All labels of that file: those that came later are unknown of them. */
  readonly labels: readonly string[];
  readonly entries: readonly {
    readonly name: string;
    readonly present: readonly string[];
    readonly unknown: readonly string[];
  }[];
}

/** What a label file says of its photographs, by their names, which are its paths, and what is not kept of it. */
export function labellingOf(
  text: string,
  source: string,
): { readonly names: string[]; readonly labelling: Labelling; readonly notes: string[] } {
  const { classes, images } = parseLabelFile(text, source);
  // Duplicate labels are refused as everywhere. One may begin with none.
  if (classes.length > 0) new LabelVocabulary(classes);
  const labels = classes.map(String);
  const place = new Map(labels.map((label, k) => [label, k]));
  const states = labels.map(() => new Uint8Array(images.length).fill(ABSENT));
  /** Labels that are no classes: this page has no place for them. */
  const strange = new Set<string>();
  images.forEach(([, present, more], i) => {
    for (const [list, state] of [
      [more?.unknown ?? [], UNKNOWN],
      [present, PRESENT],
    ] as const)
      for (const label of list) {
        const k = place.get(String(label));
        if (k !== undefined) states[k][i] = state;
        else strange.add(String(label));
      }
  });
  const notes = [
    ...(strange.size > 0 ? [strings.label.notClasses(source, [...strange])] : []),
    ...(classes.some((label) => typeof label === 'number') ? [strings.label.numbers(source)] : []),
  ];
  return {
    names: images.map(([name]) => name),
    labelling: new Labelling(images.length, labels, states),
    notes,
  };
}

const having = ({ labels, states }: Labelling, image: number, state: number) =>
  labels.filter((_, k) => states[k][image] === state);

/** What a labelling says of some of its photographs, to be kept beside those of the others. */
export const restOf = (
  names: readonly string[],
  labelling: Labelling,
  images: readonly number[],
): Rest | undefined =>
  images.length === 0
    ? undefined
    : {
        labels: [...labelling.labels],
        entries: images.map((image) => ({
          name: names[image],
          present: having(labelling, image, PRESENT),
          unknown: having(labelling, image, UNKNOWN),
        })),
      };

/** The label file of photographs. @param only positions of those that it lists; default: all, and the rest */
export function textOf(
  names: readonly string[],
  labelling: Labelling,
  { only, rest }: { readonly only?: readonly number[]; readonly rest?: Rest } = {},
): string {
  const { labels } = labelling;
  const listed = only ?? names.map((_, image) => image);
  const known = new Set(rest?.labels);
  const later = labels.filter((label) => !known.has(label));
  return labelFileText({
    classes: labels,
    images: [
      ...listed.map((image) =>
        labelFileEntry(names[image], having(labelling, image, PRESENT), {
          unknown: having(labelling, image, UNKNOWN),
        }),
      ),
      ...(rest?.entries ?? []).map(({ name, present, unknown }) =>
        labelFileEntry(name, present, { unknown: [...unknown, ...later] }),
      ),
    ],
  });
}
