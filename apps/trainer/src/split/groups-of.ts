import type { Progress } from '@polytag/cli';
import { counted, printable } from '@polytag/core';
import { nearDuplicateGroups, readGroups, type ImageGroups, type LabelledImage } from '@polytag/datasets';
import { DUPLICATES } from './split-options.js';

/** Names of images that one line shows. */
const SHOWN = 3;

/**
 * The group of each image, as `--group` says, which is told in a line or two.
 *
 * @throws DataError as `readGroups`
 * @throws InterruptedError `data/interrupted`
 */
export async function groupsOf(
  what: string,
  images: readonly LabelledImage[],
  progress: Progress,
  signal?: AbortSignal,
): Promise<ImageGroups['groups']> {
  const { groups, others } =
    what === DUPLICATES ? await duplicates(images, progress, signal) : await readGroups(what, images);
  const sizes = new Map<string, number>();
  for (const group of groups) if (group !== undefined) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const together = [...sizes.values()].filter((size) => size > 1);
  const count = together.reduce((sum, size) => sum + size, 0);
  progress.line(
    `${counted(together.length, 'group')} of ${what === DUPLICATES ? 'near duplicates' : 'images'} ${together.length === 1 ? 'stays' : 'stay'} together: ${count} of ${counted(images.length, 'image')}`,
  );
  if (others.length > 0) {
    const shown = others.slice(0, SHOWN).map((name) => `"${printable(name)}"`);
    const more = others.length > SHOWN ? ` and ${others.length - SHOWN} more` : '';
    progress.line(`  ${what} also has images that are not in the label file: ${shown.join(', ')}${more}`);
  }
  return groups;
}

async function duplicates(
  images: readonly LabelledImage[],
  progress: Progress,
  signal?: AbortSignal,
): Promise<ImageGroups> {
  const start = performance.now();
  const { group, bad } = await nearDuplicateGroups(images, {
    signal,
    report: (done) => {
      const rate = done / ((performance.now() - start) / 1000);
      progress.update({
        label: 'looking for duplicates',
        done,
        total: images.length,
        rate: `${rate.toFixed(0)} images/s`,
        secondsLeft: (images.length - done) / rate,
      });
    },
  });
  if (bad.length > 0)
    progress.line(
      `  ${counted(bad.length, 'image')} cannot be read and ${bad.length === 1 ? 'is' : 'are'} treated as a group of one; to list: polytag-train inspect data FILE`,
    );
  return { groups: Array.from(group, String), others: [] };
}
