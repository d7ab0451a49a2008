import { appendFile, mkdir, rm, truncate } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { MetricsSink } from '../metrics-sink.js';
import { eventMessage, type EventContent } from './event-message.js';
import { tfRecord } from './tf-record.js';

/**
 * Writes event files for TensorBoard: `tensorboard --logdir FOLDER` (or a parent folder, to compare runs). Every start
 * writes its own file. After a resume, TensorBoard drops the steps beyond the checkpoint, so a killed and resumed run
 * shows one line. A record cut short by a crash is the last of its file, which TensorBoard accepts.
 */
export function tensorboardSink(folder: string): MetricsSink {
  let path = '';
  /** Bytes of whole records in the file. */
  let length = 0;
  let pending: Uint8Array[] = [];
  const add = (step: number, content: EventContent) =>
    pending.push(tfRecord(eventMessage(Date.now() / 1000, step, content)));
  return {
    start(step) {
      const seconds = (performance.timeOrigin + performance.now()) / 1000;
      const host = hostname().replace(/[^\w-]/g, '-');
      // In microseconds: TensorBoard reads the files of a folder in the order of their names.
      length = 0;
      path = join(folder, `events.out.tfevents.${seconds.toFixed(6)}.${host}.${process.pid}`);
      add(0, { kind: 'version' });
      if (step > 0) add(step + 1, { kind: 'session-start' });
    },
    scalars(step, values) {
      const entries = Object.entries(values).map(([tag, scalar]) => ({ tag, scalar }));
      add(step, { kind: 'summary', values: entries });
    },
    image(step, tag, image) {
      add(step, { kind: 'summary', values: [{ tag, image }] });
    },
    async flush() {
      if (pending.length === 0) return;
      const records = pending;
      pending = [];
      await mkdir(folder, { recursive: true });
      const bytes = Buffer.concat(records);
      try {
        await appendFile(path, bytes);
        length += bytes.length;
      } catch (error) {
        // A part of a record would end what TensorBoard reads of the file.
        await (length > 0 ? truncate(path, length) : rm(path, { force: true })).catch(() => undefined);
        throw error;
      }
    },
  };
}
