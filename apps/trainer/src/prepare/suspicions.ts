import { counted, printable } from '@polytag/core';
import type { LabelledSplit } from '@polytag/datasets';
import { lookAlikeWarnings } from '../run/data-warnings.js';

/** What looks wrong with the labels of any format, a line each. */
export function suspicions(splits: readonly LabelledSplit[]): string[] {
  const classes = splits[0].file.classes.filter((name) => typeof name === 'string');
  return [
    ...odd(classes),
    ...nothing(classes, splits),
    ...twiceEncoded(classes),
    ...lookAlikeWarnings(classes, 'merge them with --normalise-labels'),
  ];
}

/** `cafÃ©`: what UTF-8 looks like that was read as Windows-1252, here or by the program that wrote the file. */
function twiceEncoded(classes: readonly string[]): string[] {
  const example = classes.find((name) => /[ÃÂ][\u0080-\u00bf€ƒ‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€/.test(name));
  if (example === undefined) return [];
  return [
    `warning: "${printable(example, 60)}" looks like UTF-8 that was read as Windows-1252: ` +
      'remove --encoding, or correct the file if it was saved like this',
  ];
}

/** A label that may stand for none: no image has it beside another. */
function nothing(classes: readonly string[], splits: readonly LabelledSplit[]): string[] {
  const images = splits.flatMap(({ file }) => file.images.map(([, labels]) => labels));
  return classes
    .filter((name) => NOTHING.test(name) && !images.some((of) => of.length > 1 && of.includes(name)))
    .map(
      (name) =>
        `warning: "${printable(name, 60)}" may mean that an image has no label: ` +
        'if so, remove it from the file, or it is learnt as a label',
    );
}

const NOTHING =
  /^(?:un-?labell?ed|not labell?ed|un-?annotated|no[ _-]?(?:labels?|tags?|findings?|objects?|class)|nothing|empty|-+)$/i;

function odd(classes: readonly string[]): string[] {
  const found = classes.filter((name) =>
    /^(?:nan|none|null|n\/a|<na>|undefined|\?|#(?:n\/a|name\?|[a-z/0]+[!?]?))$|[[\]{}]|\.(?:jpe?g|png|webp)$/i.test(
      name,
    ),
  );
  if (found.length === 0) return [];
  const shown = found.slice(0, 3).map((name) => `"${printable(name, 60)}"`);
  return [
    `warning: ${counted(found.length, 'label has an odd name', 'labels have odd names')}: ${shown.join(', ')}`,
  ];
}
