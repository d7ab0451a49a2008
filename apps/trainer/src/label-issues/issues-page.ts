import { isAbsolute } from 'node:path';
import type { Progress } from '@polytag/cli';
import { DataError } from '@polytag/core';
import { readThumbnail, type LabelledDataset } from '@polytag/datasets';
import { nameToShare } from '@polytag/files';
import type { Suspicion } from '@polytag/metrics';
import { labelIssuesPage, type SuspectedImage } from '@polytag/report';

/**
 * The page of the images with the worst labels, those with a score below 0.5.
 *
 * @param most images that are shown
 */
export async function issuesPage(
  dataset: LabelledDataset,
  found: readonly Suspicion[],
  { most, progress }: { readonly most: number; readonly progress: Progress },
): Promise<string> {
  const ofImage = new Map<number, Suspicion[]>();
  const suspected = found.filter(({ score }) => score < 0.5);
  for (const one of suspected) {
    const others = ofImage.get(one.image);
    if (others) others.push(one);
    else if (ofImage.size < most) ofImage.set(one.image, [one]);
  }
  const shown: SuspectedImage[] = [];
  for (const [image, suspicions] of ofImage) {
    shown.push(await suspectedImage(dataset, image, suspicions));
    progress.update({ label: 'drawing the page', done: shown.length, total: ofImage.size });
  }
  const extra = suspected.filter(({ kind }) => kind === 'extra').length;
  return labelIssuesPage({
    dataSet: nameToShare(dataset.source),
    images: dataset.images.length,
    extra,
    missing: suspected.length - extra,
    shown,
  });
}

async function suspectedImage(
  { images, labels: { names } }: LabelledDataset,
  image: number,
  suspicions: readonly Suspicion[],
): Promise<SuspectedImage> {
  const { name, path, labels } = images[image];
  const thumbnail = await readThumbnail(path).catch((error: unknown) => {
    // Scores of another program say nothing of the file.
    if (error instanceof DataError) return undefined;
    throw error;
  });
  return {
    // Where on a disk it lies stays there.
    name: isAbsolute(name) || name.startsWith('..') ? nameToShare(path) : name,
    labels: [...new Set(labels)].map((index) => names[index]),
    ...(thumbnail && { thumbnail }),
    suspected: suspicions.map(({ index, ...suspicion }) => ({ ...suspicion, label: names[index] })),
  };
}
