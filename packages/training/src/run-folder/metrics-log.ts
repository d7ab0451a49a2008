import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@polytag/files';
import * as z from 'zod';
import type { StopReason } from '../selection/selection.js';
import { readRunLines } from './read-run-file.js';

/** One line of `metrics.jsonl`: the metrics of an epoch. */
export interface EpochMetrics {
  /** Number of finished epochs, so the first line has 1. */
  readonly epoch: number;
  /** Number of steps since the start of the run. */
  readonly step: number;
  /** Mean over the epoch's steps of the reduced loss (with SAM: of the second pass). */
  readonly loss: number;
  /** Mean over the steps of the mutual learning term. Absent without auxiliary models. */
  readonly mutual?: number;
  /** Number of steps skipped because a gradient was NaN or infinite. Absent if there were none. */
  readonly skipped?: number;
  /** Learning rate of the epoch's last step, before group factors. */
  readonly learningRate: number;
  /**
   * Mean average precision on the validation set, a fraction, with 0 for labels without images. Absent in epochs
   * without evaluation.
   */
  readonly mAP?: number;
  /** mAP over the labels that occur in the validation set; null if there are none. */
  readonly mAPOccurring?: number | null;
  /** The same for the averaged weights. Absent without EMA too. */
  readonly mAPEma?: number;
  readonly mAPEmaOccurring?: number | null;
  /** The same for each auxiliary model. Only in the last epoch. */
  readonly mAPAuxiliary?: readonly number[];
  readonly mAPAuxiliaryOccurring?: readonly (number | null)[];
  /** Whether the better weights of this epoch are the best so far. */
  readonly best?: boolean;
  /** Why early stopping ended the run; only in the last line. */
  readonly stopped?: StopReason;
  readonly secondsTrain: number;
  /** Training images divided by `secondsTrain`. */
  readonly imagesPerSecond: number;
  readonly secondsEvaluate?: number;
}

/** A log that does not say any more what it said. */
export interface DamagedLog {
  readonly path: string;
  /** Finished epochs that have no line. */
  readonly epochs: readonly number[];
  /** Numbers, from 1, of the lines that cannot be read. */
  readonly lines: readonly number[];
  /** Where the file is kept as it was. Absent when it had gone. */
  readonly copy?: string;
}

/** The file `metrics.jsonl` of a run folder: one JSON object per line, one line per epoch. */
export class MetricsLog {
  readonly path: string;
  #lines: EpochMetrics[] = [];
  #damaged: number[] = [];

  constructor(folder: string) {
    this.path = join(folder, 'metrics.jsonl');
  }

  get lines(): readonly EpochMetrics[] {
    return this.#lines;
  }

  /**
   * Line numbers, from 1, of invalid lines. A run writes its log atomically, so these come from another program or a
   * disk error.
   */
  get damaged(): readonly number[] {
    return this.#damaged;
  }

  /** Reads the file. */
  async read(): Promise<void> {
    const lines = (await readRunLines(this.path, 'log of the epochs')) ?? [];
    this.#lines = [];
    this.#damaged = [];
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '') continue;
      const metrics = parse(line);
      if (metrics) this.#lines.push(metrics);
      else this.#damaged.push(index + 1);
    }
  }

  /**
   * Reads the file and removes everything after `epochs` finished epochs, in the file too. If a line of these epochs is
   * missing, the original file is kept beside it.
   *
   * @returns what is lost; undefined if nothing is
   */
  async truncate(epochs: number): Promise<DamagedLog | undefined> {
    await this.read();
    const logged = new Set(this.#lines.map(({ epoch }) => epoch));
    const lost = Array.from({ length: epochs }, (_, i) => i + 1).filter((epoch) => !logged.has(epoch));
    const damaged =
      lost.length > 0
        ? { path: this.path, epochs: lost, lines: this.#damaged, copy: await this.#keepCopy() }
        : undefined;
    this.#lines = this.#lines.filter(({ epoch }) => epoch <= epochs);
    await this.#write();
    return damaged;
  }

  /** @returns where the copy is; undefined when there is nothing to copy */
  async #keepCopy(): Promise<string | undefined> {
    if (!existsSync(this.path)) return undefined;
    const name = (number: number) => `${this.path}.damaged${number === 1 ? '' : `-${number}`}`;
    let number = 1;
    while (existsSync(name(number))) number++;
    await copyFile(this.path, name(number));
    return name(number);
  }

  async append(metrics: EpochMetrics): Promise<void> {
    this.#lines.push(metrics);
    await this.#write();
  }

  /** Whole and renamed: a reader never sees half a line. The file has one short line an epoch. */
  async #write(): Promise<void> {
    const text = this.#lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await writeFileAtomically(this.path, text);
  }
}

/** What later epochs and sinks rely on. */
const lineSchema = z.looseObject({
  epoch: z.int(),
  step: z.int(),
  mAP: z.number().optional(),
  mAPEma: z.number().optional(),
});

/** What a line says of an epoch; undefined when it was cut short or is no line of a log. */
function parse(line: string): EpochMetrics | undefined {
  try {
    const value: unknown = JSON.parse(line);
    lineSchema.parse(value);
    // As it was read: the schema would put its own keys first, and a resumed run write its log in another order.
    return value as EpochMetrics;
  } catch {
    return undefined;
  }
}
