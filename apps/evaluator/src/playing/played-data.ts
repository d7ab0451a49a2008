import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { DataError, printable, UsageError } from '@polytag/core';
import { parseLabelFile, placeImages } from '@polytag/datasets';
import { readFileBytes, writeFileAtomically } from '@polytag/files';

/** A label file that the page shows and writes back. */
export interface PlayedData {
  readonly name: string;
  /** Its text, and what a writer must name to replace it. */
  read(): Promise<{ readonly text: string; readonly version: string }>;
  /**
   * Writes it anew. What was there is kept beside it, unless this program has written it.
   *
   * @param version of what is replaced
   * @returns the version of the new text
   * @throws DataError of a text that is no label file; UsageError `usage/data-changed` when another program wrote it meanwhile
   */
  write(text: string, version: string): Promise<string>;
  /** Bytes of an image that it lists. @throws DataError `data/image-outside` and others */
  image(index: number): Promise<Uint8Array>;
}

const MAX_LABEL_FILE = 2 ** 28;
const MAX_IMAGE = 2 ** 27;

/** @throws DataError when it is no label file */
export async function openPlayedData(path: string): Promise<PlayedData> {
  const folder = await realpath(dirname(resolve(path)));
  const file = join(folder, basename(path));
  /** Texts of this program, which need no copy. */
  const own = new Set<string>();
  let busy: Promise<unknown> = Promise.resolve();
  let listed: { readonly version: string; readonly paths: readonly string[] } | undefined;

  async function read() {
    const bytes = await readFileBytes(file, { what: 'label file', kind: 'data', maxBytes: MAX_LABEL_FILE });
    const text = new TextDecoder('utf-8').decode(bytes);
    return { text, version: versionOf(text) };
  }

  async function pathsOf({ text, version }: Awaited<ReturnType<typeof read>>): Promise<readonly string[]> {
    if (listed?.version !== version) {
      const images = parseLabelFile(text, path).images.map(([name]) => ({
        name,
        path: resolve(folder, name),
      }));
      const { placed } = await placeImages(folder, images);
      listed = { version, paths: placed.map((image) => image.path) };
    }
    return listed.paths;
  }

  async function write(text: string, version: string): Promise<string> {
    parseLabelFile(text, path);
    const before = await read();
    if (before.version !== version) {
      throw new UsageError('usage/data-changed', `${path} was changed by another program.`, {
        hint: 'Reload the page: your labels are kept in the browser.',
      });
    }
    if (!own.has(before.version)) await keep(file, before.text);
    await writeFileAtomically(file, text);
    const written = versionOf(text);
    own.add(written);
    return written;
  }

  await pathsOf(await read());
  return {
    name: basename(path),
    read,
    write(text, version) {
      const done = busy.then(() => write(text, version));
      busy = done.catch(() => undefined);
      return done;
    },
    async image(index) {
      const paths = await pathsOf(listed ? { text: '', version: listed.version } : await read());
      const place = paths[index];
      if (place === undefined) throw new DataError('data/image-missing', `${path} has no image ${index}.`);
      const real = await realpath(place).catch((cause: unknown) => {
        throw new DataError('data/image-missing', `${printable(place, 400)} was not found.`, { cause });
      });
      if (!real.startsWith(folder + sep)) {
        throw new DataError(
          'data/image-outside',
          `The image "${printable(place, 400)}" of ${path} is not in the folder of the label file.`,
          {
            hint: 'The page can read only files in that folder. Move the label file to a folder that contains its images.',
          },
        );
      }
      return readFileBytes(real, { what: 'image', kind: 'data', maxBytes: MAX_IMAGE });
    },
  };
}

const versionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** Keeps a text beside a file, under a name that nothing has: `train.before-1.json`. */
async function keep(file: string, text: string): Promise<void> {
  const ending = extname(file);
  const stem = file.slice(0, file.length - ending.length);
  for (let number = 1; ; number++) {
    try {
      return await writeFileAtomically(`${stem}.before-${number}${ending}`, text, { onlyNew: true });
    } catch (error) {
      if ((error as { code?: string }).code !== 'file/EEXIST') throw error;
    }
  }
}
