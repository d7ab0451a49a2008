import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readThumbnail, type DuplicateGroup } from '@polytag/datasets';
import { writeFileAtomically } from '@polytag/files';
import {
  dataPage,
  SHOWN_GROUPS,
  SHOWN_IMAGES,
  type DataReport,
  type PictureAt,
  type Thumbnail,
} from '@polytag/report';
import type { DataFindings } from './find-in-data.js';

/** Pixels of the longer edge: sharp enough to compare two side by side. */
const EDGE = 200;

/**
 * Writes `index.html` into a folder: the findings with pictures of duplicates, in one file.
 *
 * @returns path of the page
 */
export async function writeReport(
  folder: string,
  report: DataReport,
  { groups, alike }: DataFindings,
  { maxPixels }: { readonly maxPixels?: number },
): Promise<string> {
  const read = (path: string) => readThumbnail(path, EDGE, { maxPixels }).catch(() => undefined);
  const pictures = await picturesOf(groups, read);
  const page = dataPage(report, pictures, await picturesOf(alike?.groups ?? [], read));
  const path = join(folder, 'index.html');
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, page);
  return path;
}

async function picturesOf(
  groups: readonly DuplicateGroup[],
  read: (path: string) => Promise<Thumbnail | undefined>,
): Promise<PictureAt> {
  const thumbnails = new Map<string, Thumbnail>();
  for (const [g, { images }] of groups.slice(0, SHOWN_GROUPS).entries()) {
    for (const [i, { image }] of images.slice(0, SHOWN_IMAGES).entries()) {
      const thumbnail = await read(image.path);
      if (thumbnail) thumbnails.set(`${g}/${i}`, thumbnail);
    }
  }
  return (group, image) => thumbnails.get(`${group}/${image}`);
}
