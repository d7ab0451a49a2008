import { move, workerData } from 'piscina';
import { useLargeImageLock } from '../images/large-image-lock.js';
import { decodeBatch, type BatchRequest } from './decode-batch.js';

useLargeImageLock(workerData as SharedArrayBuffer | undefined);

/** The entry of a decoding thread. Gives the pixels alone where all images can be used: they are moved, not copied. */
export default async function work(request: BatchRequest): Promise<unknown> {
  const batch = await decodeBatch(request);
  return batch.refused.length > 0 ? batch : move(batch.images);
}
