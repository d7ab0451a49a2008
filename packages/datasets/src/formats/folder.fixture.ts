import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError } from '@polytag/core';
import type { LabelFile } from './label-file/parse-label-file.js';

/** A data set on disk, as somebody unpacked it. */
export class DataFolder {
  private constructor(readonly path: string) {}

  static async make(): Promise<DataFolder> {
    return new DataFolder(await mkdtemp(join(tmpdir(), 'polytag-formats-')));
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Writes files, each with its folder; what is not a string becomes JSON. */
  async write(files: Readonly<Record<string, unknown>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(this.file(name)), { recursive: true });
      await writeFile(this.file(name), typeof content === 'string' ? content : JSON.stringify(content));
    }
  }

  /** Readers look whether an image is there, not into it. */
  touch(...names: string[]): Promise<void> {
    return this.write(Object.fromEntries(names.map((name) => [name, ''])));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}

/** What a reader throws, which must be a DataError with this code and a hint. */
export async function dataError(job: Promise<unknown>, code: string): Promise<DataError> {
  const error: unknown = await job.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  const { code: given, hint } = error as DataError;
  expect({ code: given, hint }).toEqual({ code, hint: expect.stringMatching(/./) });
  return error as DataError;
}

/** The labels of each image by its path. */
export function labelsByPath(file: LabelFile): Record<string, readonly (string | number)[]> {
  return Object.fromEntries(file.images);
}
