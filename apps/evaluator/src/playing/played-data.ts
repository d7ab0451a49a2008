import { createHash } from 'node:crypto';
import { access, constants, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { DataError, printable, UsageError } from '@polytag/core';
import { parseLabelFile, placeImages } from '@polytag/datasets';
import { readFileBytes, writeFileAtomically } from '@polytag/files';

/** A label file that the page shows and writes back. */
export interface PlayedData {
  readonly name: string;
  /** Tells it from label files of the same name elsewhere. */
  readonly id: string;
  /** Its text, and what a writer must name to replace it. */
  read(): Promise<{ readonly text: string; readonly version: string }>;
  /**
   * Writes it anew. What was there is kept beside it, unless this program has written it and no page has opened it since.
   *
   * @param version of what is replaced
   * @returns the version of the new text
   * @throws DataError of a text that is no label file; UsageError `usage/data-changed` when another program wrote it meanwhile,
   * `usage/data-read-only` of a file that is protected from writing
   */
  write(text: string, version: string): Promise<string>;
  /**
   * Bytes of an image that it lists.
   *
   * @param version of the text that lists it, as it was read
   * @throws DataError `data/image-outside` and others
   */
  image(version: string, index: number): Promise<Uint8Array>;
}

const MAX_LABEL_FILE = 2 ** 28;
const MAX_IMAGE = 2 ** 27;
/** Texts whose images are known: each page that is open has one. */
const MOST_LISTINGS = 50;

/** @throws DataError when it is no label file */
export async function openPlayedData(path: string): Promise<PlayedData> {
  const folder = await realpath(dirname(resolve(path)));
  const file = join(folder, basename(path));
  /** Versions that this program wrote and that no page has opened since: they need no copy. */
  const own = new Set<string>();
  let busy: Promise<unknown> = Promise.resolve();
  /** Paths of images by the version that lists them: another program may list others meanwhile. */
  const listings = new Map<string, readonly string[]>();

  async function current() {
    const bytes = await readFileBytes(file, { what: 'label file', kind: 'data', maxBytes: MAX_LABEL_FILE });
    return { bytes, text: new TextDecoder('utf-8').decode(bytes), version: versionOf(bytes) };
  }

  async function read() {
    const { text, version } = await current();
    own.delete(version);
    if (!listings.has(version)) {
      const images = parseLabelFile(text, path).images.map(([name]) => ({
        name,
        path: resolve(folder, name),
      }));
      const { placed } = await placeImages(folder, images);
      const paths = placed.map((image) => image.path);
      if (listings.size >= MOST_LISTINGS) listings.delete(listings.keys().next().value!);
      listings.set(version, paths);
    }
    return { text, version };
  }

  async function write(text: string, version: string): Promise<string> {
    parseLabelFile(text, path);
    const before = await current();
    if (before.version !== version) {
      throw new UsageError('usage/data-changed', `${path} was changed by another program.`, {
        hint: 'Reload the page: it offers your labels beside those of the file.',
      });
    }
    await refuseReadOnly(file, path);
    if (!own.has(before.version)) await keep(file, before.bytes);
    await writeFileAtomically(file, text);
    const written = versionOf(text);
    own.add(written);
    return written;
  }

  await read();
  return {
    name: basename(path),
    id: versionOf(file),
    read,
    write(text, version) {
      const done = busy.then(() => write(text, version));
      busy = done.catch(() => undefined);
      return done;
    },
    async image(version, index) {
      const place = listings.get(version)?.[index];
      if (place === undefined) {
        throw new DataError('data/image-missing', `${path} has no image ${index}.`, {
          hint: 'Reload the page.',
        });
      }
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

const versionOf = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 32);

/** A file is replaced by renaming, which asks nothing of its mode: whoever protected it is heard here. */
async function refuseReadOnly(file: string, path: string): Promise<void> {
  const isWritable = await access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
  // The superuser may write everything.
  if (isWritable && ((await stat(file)).mode & 0o222) !== 0) return;
  throw new UsageError('usage/data-read-only', `${path} is read-only. Nothing was written.`, {
    hint: 'Make the file writable and save again, or download the label file from the page. Your labels are kept in the browser.',
  });
}

/** Keeps what a file had beside it, under a name that nothing has: `train.before-1.json`. */
async function keep(file: string, content: Uint8Array): Promise<void> {
  const ending = extname(file);
  const stem = file.slice(0, file.length - ending.length);
  for (let number = 1; ; number++) {
    try {
      return await writeFileAtomically(`${stem}.before-${number}${ending}`, content, { onlyNew: true });
    } catch (error) {
      if ((error as { code?: string }).code !== 'file/EEXIST') throw error;
    }
  }
}
