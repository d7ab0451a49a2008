import { counted, printable } from '@polytag/core';
import { sharedImages, type LabelledDataset } from '@polytag/datasets';

/** Images that a line names. */
const SHOWN = 3;

/**
 * Which images of each two label files have the same bytes, a line for each two, without decoding any. Nothing for one label
 * file.
 */
export async function sharedBetweenFiles(datasets: readonly LabelledDataset[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [i, first] of datasets.entries())
    for (const second of datasets.slice(i + 1)) lines.push(...(await lineOf(first, second)));
  if (datasets.length > 1 && lines.length === 0)
    lines.push('no image of the same bytes is in two of the label files');
  return lines;
}

async function lineOf(first: LabelledDataset, second: LabelledDataset): Promise<readonly string[]> {
  const shared = await sharedImages(first.images, second.images);
  if (shared.length === 0) return [];
  const shown = shared.slice(0, SHOWN).map(({ first: { path, name }, second: other }) => {
    const there = other.path === path ? '' : ` (there "${printable(name)}")`;
    return `"${printable(other.name)}"${there}`;
  });
  const more = shared.length > SHOWN ? ` and ${shared.length - SHOWN} more` : '';
  return [
    `warning: ${counted(shared.length, 'image')} of ${printable(second.source, 400)} ${shared.length === 1 ? 'is' : 'are'} in ${printable(first.source, 400)} too, byte for byte: ${shown.join(', ')}${more}`,
  ];
}
