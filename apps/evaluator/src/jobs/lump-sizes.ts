/** Photographs of the first jobs: they show how fast workers are. */
const TRIED = { jobs: 4, images: 64 };

/** What a job should take, seconds: long against what it costs to begin one, short against what a killed worker loses. */
const [SHORTEST, LONGEST] = [5, 60];

/** A job is at most this part of what comes before it, so that at the end of a list no worker waits long for another. */
const PART = 1 / 8;

/** No fewer than a network takes at once. */
const FEWEST = 16;

/** Whether jobs from this place of the list on, counted from 0, are cut without knowing how fast workers are. */
export const isTried = (position: number): boolean => position < TRIED.jobs * TRIED.images;

/**
 * How many photographs a job has that begins at a place of the list. It depends on nothing that comes later, so that a list
 * that has grown keeps its jobs.
 *
 * @param imagesPerSecond of one worker; undefined where nobody knows
 */
export function lumpSize(position: number, imagesPerSecond: number | undefined): number {
  if (isTried(position) || imagesPerSecond === undefined) return TRIED.images;
  const images = Math.max(SHORTEST * imagesPerSecond, position * PART);
  return Math.round(Math.max(FEWEST, Math.min(images, LONGEST * imagesPerSecond)));
}
