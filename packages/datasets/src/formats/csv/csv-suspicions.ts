import { type ClassName, counted, printable } from '@polytag/core';
import type { LabelledSplit } from '../labelled-split.js';
import { isCombination } from './label-separator.js';

/** Possible separators of labels that the reader did not use. */
const MARKS: readonly (readonly [mark: string, name: string])[] = [
  ...[',', ';', '|', '/', '&', '+', '_', '-', ' and '].map((mark) => [mark, `"${mark}"`] as const),
  [' ', 'a space'],
];
/** With fewer images than this, the number of classes means nothing. */
const FEW = 5;

/** Warnings, one line each, that a table may have been misread, with the option that changes it. */
export function csvSuspicions(splits: readonly LabelledSplit[]): readonly string[] {
  const classes = splits[0].file.classes.filter((name) => typeof name === 'string');
  // Names of columns were not split, and nothing in cells was taken for a label.
  if (classes.length === 0 || splits.every(({ labelColumns }) => labelColumns)) return [];
  const labels = splits.flatMap(({ file }) => file.images.map(([, of]) => of));
  return [...combinations(labels), ...scored(classes), ...manyClasses(classes, labels), ...numbers(classes)];
}

/** A class for each combination of labels: the cells should probably be split. */
function combinations(labels: readonly (readonly ClassName[])[]): string[] {
  const listed = labels.flat().map(String);
  const single = labels.every(({ length }) => length <= 1);
  for (const [mark, name] of MARKS) {
    const holding = new Set(listed.filter((label) => label.includes(mark)));
    const sure = isCombination(listed, mark);
    if (!sure && !(single && ',;|'.includes(mark) && holding.size > 0)) continue;
    const [example] = holding;
    return [
      `warning: ${single ? 'every image has at most one label, and ' : ''}${counted(holding.size, 'label contains', 'labels contain')} ${name}, e.g. "${printable(example, 60)}": ` +
        `if these are several labels, add --separator '${mark}'`,
    ];
  }
  return single ? unsureSpaces(listed) : [];
}

/**
 * With few images it is unclear whether words are labels of their own. A word that is alone in another cell may be one.
 */
function unsureSpaces(listed: readonly string[]): string[] {
  const spaced = new Set(listed.filter((label) => /\S\s+\S/.test(label)));
  const distinct = new Set(listed);
  const combined = [...spaced].some((label) => label.split(/\s+/).some((piece) => distinct.has(piece)));
  if (spaced.size === 0 || (2 * spaced.size < distinct.size && !combined)) return [];
  const [example] = spaced;
  return [
    `warning: every image has at most one label, and ${spaced.size} of ${counted(distinct.size, 'label')} ${spaced.size === 1 ? 'contains' : 'contain'} a space, e.g. "${printable(example, 60)}": ` +
      "if these are several labels, add --separator ' '",
  ];
}

/** Labels such as `cat=1` or `dog: 0.2`, which include a value or a score. */
function scored(classes: readonly string[]): string[] {
  const found = classes.filter((name) => /\S\s*[=:]\s*(?:\d*\.)?\d+%?$/.test(name));
  if (2 * found.length < classes.length) return [];
  return [
    `warning: ${found.length} labels end in a number, e.g. "${printable(found[0], 60)}": if the number says whether the image has the label, ` +
      'write a column for each label, with 1 and 0',
  ];
}

function manyClasses(classes: readonly string[], labels: readonly (readonly ClassName[])[]): string[] {
  if (labels.length < FEW || classes.length < labels.length) return [];
  return [
    `warning: there are as many labels (${classes.length}) as images (${labels.length}): ` +
      'if the labels are in another column, choose it with --labels-column',
  ];
}

function numbers(classes: readonly string[]): string[] {
  if (!classes.every((name) => /^[+-]?\d+([.,]\d+)?$/.test(name))) return [];
  return [
    `warning: the labels are numbers (${classes.slice(0, 4).join(', ')}${classes.length > 4 ? ', …' : ''}): ` +
      'if the file has a column of yes and no for each label, add --layout one-hot; if the labels are in another column, choose it with --labels-column',
  ];
}
