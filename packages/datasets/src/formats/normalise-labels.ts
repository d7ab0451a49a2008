import { lookAlikeKey, plainSpelling, type ClassName } from '@polytag/core';
import { labelFileEntry, type LabelFile } from './label-file/parse-label-file.js';
import type { LabelledSplit } from './labelled-split.js';

/** `normaliseFiles` for splits. */
export function normaliseLabels(splits: readonly LabelledSplit[]): readonly LabelledSplit[] {
  const files = normaliseFiles(splits.map(({ file }) => file));
  return splits.map((split, i) => ({ ...split, file: files[i] }));
}

/**
 * Merges labels that look alike (that differ in case, Unicode form, white space or invisible characters). The spelling
 * of most images is kept, without invisible characters. Classes by number are unchanged.
 */
export function normaliseFiles(files: readonly LabelFile[]): readonly LabelFile[] {
  const spellings = new Map<string, Map<string, number>>();
  const count = (label: ClassName, images: number) => {
    if (typeof label !== 'string') return;
    const key = lookAlikeKey(label);
    const times = spellings.get(key) ?? new Map<string, number>();
    spellings.set(key, times.set(label, (times.get(label) ?? 0) + images));
  };
  for (const file of files) {
    for (const name of file.classes) count(name, 0);
    for (const [, labels, more] of file.images) {
      for (const label of labels) count(label, 1);
      for (const label of [...(more?.unknown ?? []), ...(more?.absent ?? [])]) count(label, 0);
    }
  }
  const chosen = new Map([...spellings].map(([key, times]) => [key, mostFrequent(times)]));
  const spell = (label: ClassName): ClassName =>
    typeof label === 'string' ? chosen.get(lookAlikeKey(label)) || label : label;
  return files.map((file) => respelt(file, spell));
}

function mostFrequent(times: ReadonlyMap<string, number>): string {
  const [[label]] = [...times].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return plainSpelling(label);
}

function respelt(file: LabelFile, spell: (label: ClassName) => ClassName): LabelFile {
  return {
    classes: [...new Set(file.classes.map(spell))],
    images: file.images.map(([path, labels, more]) => {
      const present = onceSpelt(labels, spell);
      const absent = (more?.absent ?? []).map(spell);
      const unknown = new Set((more?.unknown ?? []).map(spell));
      for (const label of [...present, ...absent]) unknown.delete(label);
      return labelFileEntry(path, present, { unknown: [...unknown], absent });
    }),
  };
}

/** A label that an image lists in two spellings counts once; one that it lists twice in one spelling counts twice. */
function onceSpelt(labels: readonly ClassName[], spell: (label: ClassName) => ClassName): ClassName[] {
  const first = new Map<ClassName, ClassName>();
  for (const label of labels) if (!first.has(spell(label))) first.set(spell(label), label);
  return labels.filter((label) => first.get(spell(label)) === label).map(spell);
}
