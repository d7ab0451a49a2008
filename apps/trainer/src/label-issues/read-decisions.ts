import { basename } from 'node:path';
import { printable } from '@polytag/core';
import type { Correction, LabelledDataset } from '@polytag/datasets';
import { readDecisionTable } from './issues-csv.js';

/** What a person has decided of labels that may be wrong. */
export interface Decisions {
  readonly corrections: readonly Correction[];
  /** Rows with a decision that changes nothing. */
  readonly kept: number;
  /** What is wrong with rows that cannot be applied, a line each. */
  readonly faults: readonly string[];
}

const WORDS: Readonly<Record<string, Correction['is'] | 'as it is'>> = {
  remove: 'absent',
  add: 'present',
  unknown: 'unknown',
  keep: 'as it is',
};

/**
 * Reads decisions: CSV with the columns `image`, `label` and `decision`, such as `issues.csv` with that column filled in.
 * Rows without a decision are left out.
 *
 * @throws DataError of a file that is no such CSV
 */
export async function readDecisions(path: string, dataset: LabelledDataset): Promise<Decisions> {
  const { rows, image, label, decision } = await readDecisionTable(path);
  const find = imageFinder(dataset);
  const decided = new Map<string, { readonly word: string; readonly line: number }>();
  const corrections: Correction[] = [];
  const faults: string[] = [];
  let kept = 0;
  for (const { cells, line } of rows) {
    const word = cells[decision].trim().toLowerCase();
    if (word === '') continue;
    const fault = (what: string) => void faults.push(`${path}, line ${line}: ${what}`);
    const is = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    const found = find(cells[image]);
    const index = indexOfLabel(dataset, cells[label]);
    if (is === undefined)
      fault(`"${printable(cells[decision])}" is not one of ${Object.keys(WORDS).join(', ')}`);
    else if (found === undefined) fault(`the label file has no image "${printable(cells[image])}"`);
    else if (index === undefined) fault(`the label file has no label "${printable(cells[label])}"`);
    else {
      const key = JSON.stringify([found.name, index]);
      const before = decided.get(key);
      decided.set(key, before ?? { word, line });
      const state = stateOf(found, index);
      if (before && before.word !== word) fault(`"${word}", but line ${before.line} says "${before.word}"`);
      else if (before) continue;
      else if (is === 'as it is') kept++;
      else if (is === state)
        fault(
          `"${word}": the label "${printable(cells[label])}" of "${printable(found.name)}" is already ${state}`,
        );
      else corrections.push({ image: found.name, label: dataset.labels.names[index], is });
    }
  }
  return { corrections, kept, faults };
}

type Image = LabelledDataset['images'][number];

function stateOf({ labels, unknown }: Image, index: number): Correction['is'] {
  if (labels.includes(index)) return 'present';
  return unknown?.includes(index) ? 'unknown' : 'absent';
}

/** White space around a label is not kept by every program that writes CSV. */
function indexOfLabel({ labels }: LabelledDataset, text: string): number | undefined {
  const exact = labels.indexOf(text);
  if (exact !== undefined) return exact;
  const alike = labels.names.flatMap((name, index) => (name.trim() === text.trim() ? [index] : []));
  return alike.length === 1 ? alike[0] : undefined;
}

/** By its name in the label file, or by the end of it where only one image has that: pages tell no more of some paths. */
function imageFinder({ images }: LabelledDataset): (text: string) => Image | undefined {
  const byName = new Map(images.map((image) => [image.name, image]));
  const byFile = new Map<string, Image[]>();
  for (const image of images) {
    const file = basename(image.path);
    byFile.set(file, [...(byFile.get(file) ?? []), image]);
  }
  return (text) => {
    const exact = byName.get(text);
    if (exact) return exact;
    const alike = (byFile.get(basename(text)) ?? []).filter(({ path }) =>
      `/${path.replaceAll('\\', '/')}`.endsWith(`/${text}`),
    );
    return alike.length === 1 ? alike[0] : undefined;
  };
}
