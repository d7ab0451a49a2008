import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError } from '@polytag/core';
import { fileErrorFrom, readTextFile, writeFileAtomically } from '@polytag/files';
import { readImageFile, type DecodeOptions } from '../images/decode-image.js';

/** Raised when an image is decoded, or refused, in another way. */
const VERSION = 1;

/** Hashes of the images of a large data set, 33 bytes each. */
const MAX_BYTES = 2 ** 30;

/** Images that were decoded once without a fault, known by their content and by the pixels that were allowed. */
export class GoodImages {
  readonly #file: string;
  readonly #known: Set<string>;
  readonly #found = new Set<string>();

  private constructor(file: string, known: Set<string>) {
    this.#file = file;
    this.#known = known;
  }

  /** Those that a file names, a line each. One that is not there, or cannot be read, names none: it only spares work. */
  static async from(file: string): Promise<GoodImages> {
    const text = await readTextFile(file, { what: 'list of checked images', maxBytes: MAX_BYTES }).catch(
      (error: unknown) => {
        if (error instanceof DataError) return '';
        throw error;
      },
    );
    return new GoodImages(file, new Set(text.match(/^[0-9a-f]{32}$/gm)));
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  add(key: string): void {
    if (!this.#known.has(key)) this.#found.add(key);
  }

  /** Adds what was found to the file, and to what another process has written there; not where nothing may be written. */
  async save(): Promise<void> {
    if (this.#found.size === 0) return;
    const now = await GoodImages.from(this.#file);
    const all = [...new Set([...now.#known, ...this.#found])];
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFileAtomically(this.#file, `${all.join('\n')}\n`);
    } catch (error) {
      if (!fileErrorFrom(error)) throw error;
    }
  }
}

/** What an image is known by; undefined for a file that cannot be read, which decoding it tells. */
export async function goodImageKey(path: string, options: DecodeOptions): Promise<string | undefined> {
  try {
    const bytes = await readImageFile(path, options);
    const { maxPixels = null } = options;
    return createHash('sha256')
      .update(JSON.stringify([VERSION, maxPixels]))
      .update(bytes)
      .digest('hex')
      .slice(0, 32);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
