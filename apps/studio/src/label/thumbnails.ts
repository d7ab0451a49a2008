import type { PhotoSource } from '../worker/protocol.ts';

/** Thumbnails that are kept; a screen shows some dozens. */
const MOST_KEPT = 1500;
const WORKERS = 2;

interface Job {
  readonly source: PhotoSource;
  readonly resolve: (address: string | undefined) => void;
}

const made = new Map<PhotoSource, string>();
/** The latest first: what is on the screen now. */
const waiting: Job[] = [];
const running = new Map<number, Job>();
const idle: Worker[] = [];
/** What each worker makes. */
const busy = new Map<Worker, number>();
let [started, next] = [0, 0];

/** The address of the thumbnail of a photograph, where it is made already. */
export const thumbnailOf = (source: PhotoSource): string | undefined => made.get(source);

/** Makes the thumbnail of a photograph; undefined of one that cannot be read. @returns what gives the request back */
export function requestThumbnail(
  source: PhotoSource,
  done: (address: string | undefined) => void,
): () => void {
  const job = { source, resolve: done };
  waiting.push(job);
  pump();
  return () => {
    const at = waiting.indexOf(job);
    if (at >= 0) waiting.splice(at, 1);
  };
}

function pump(): void {
  while (waiting.length > 0) {
    const worker = idle.pop() ?? startOne();
    if (!worker) return;
    const job = waiting.pop()!;
    const id = next++;
    running.set(id, job);
    busy.set(worker, id);
    worker.postMessage({ id, source: job.source });
  }
}

function startOne(): Worker | undefined {
  if (started === WORKERS) return undefined;
  started++;
  const worker = new Worker(new URL('./thumbnail.worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data: { id, blob } }: MessageEvent<{ id: number; blob?: Blob }>) => {
    const { source, resolve } = running.get(id)!;
    running.delete(id);
    idle.push(worker);
    resolve(blob && keep(source, blob));
    pump();
  };
  // One that ends, for want of memory perhaps, takes no more than its own photograph with it.
  worker.onerror = () => {
    worker.terminate();
    started--;
    const id = busy.get(worker);
    busy.delete(worker);
    const job = id === undefined ? undefined : running.get(id);
    if (id !== undefined) running.delete(id);
    job?.resolve(undefined);
    pump();
  };
  return worker;
}

function keep(source: PhotoSource, blob: Blob): string {
  const address = URL.createObjectURL(blob);
  made.set(source, address);
  if (made.size > MOST_KEPT) {
    const [oldest, old] = made.entries().next().value!;
    made.delete(oldest);
    URL.revokeObjectURL(old);
  }
  return address;
}
