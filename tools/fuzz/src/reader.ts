import type { RandomStream } from '@polytag/core';

/** What reads files of one kind. */
export interface FuzzedReader {
  readonly name: string;
  /** Whole files by their path in a folder of their own. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Those that are damaged, one at a time (default: all). */
  readonly damaged?: readonly string[];
  /** Reads what lies in the folder, and uses what it gives. */
  readonly read: (folder: string) => unknown;
  /** How many inputs it gets beside the others: less where one takes long. Default 1. */
  readonly share?: number;
  /** Changes content after the damage, so that a checksum does not hide what comes after it. */
  readonly mend?: (path: string, content: Uint8Array, random: RandomStream) => Uint8Array;
}
