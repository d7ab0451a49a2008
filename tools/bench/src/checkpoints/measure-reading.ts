import { openCheckpoint, type TensorData } from '@polytag/checkpoints';

/** `all`: every tensor is kept; `each`: one is read after the other, and none kept. */
export const READINGS = ['all', 'each'] as const;
export type Reading = (typeof READINGS)[number];

/** What reading a file took, in a process that did nothing else. */
export interface ReadingCost {
  readonly milliseconds: number;
  /** The most memory that the process had in use, above what it had before. */
  readonly megabytes: number;
}

/** Bytes of a page of memory: a value of each is looked at, so that nothing is left to be read later. */
const PAGE = 4096;

export async function measureReading(path: string, reading: Reading): Promise<ReadingCost> {
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const kept: TensorData[] = [];
  let sum = 0;
  const file = await openCheckpoint(path);
  for (const key of file.entries.keys()) {
    const { data } = await file.read(key);
    for (let i = 0; i < data.length; i += PAGE / data.BYTES_PER_ELEMENT) sum += Number(data[i]);
    if (reading === 'all') kept.push(data);
  }
  const milliseconds = performance.now() - start;
  await file.close();
  if (Number.isNaN(sum)) throw new Error(`${path} holds what is not a number in ${kept.length} tensors`);
  const most = process.resourceUsage().maxRSS * 1024;
  return { milliseconds, megabytes: Math.max(0, most - before) / 2 ** 20 };
}
