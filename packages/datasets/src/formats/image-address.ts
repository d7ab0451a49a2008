import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DataError, printable } from '@polytag/core';
import { folderContents, isLeftBehind } from './folder-contents.js';
import { hasImageEnding } from './image-path.js';
import { firstFew } from './same-labels.js';

/**
 * Whether the name of an image is an address on a server or in a bucket, not a path: `s3://…`, `https://…`,
 * `/data/upload/…`.
 */
export const isAddress = (name: string): boolean =>
  /^(?!file:)[a-z][\w+.-]*:\/\//i.test(name) ||
  /^\/(?:[^/]+\/)?(?:data\/(?:upload|local-files)|tasks)\b/.test(name);

/** An address with a scheme that is not the web's: `s3://`, `gs://`, `azure-blob://`. */
const IN_BUCKET = /^(?!https?:)[a-z][\w+.-]*:\/\//i;

/** Prefix that Label Studio adds to the names of uploaded files. */
const UPLOAD_PREFIX = /^[0-9a-f]{8}-(?=.)/;

/**
 * Finds images below a folder by the addresses that other programs have for them: by the longest end of an address that
 * is a path in the folder, or by the file name if only one file has it. Names are compared as Label Studio stores
 * uploads: with a prefix of eight digits, `_` for spaces, and without other special characters.
 */
export class ImageAddresses {
  readonly #paths: ReadonlySet<string>;
  readonly #byName = new Map<string, string[]>();
  readonly #byStoredName = new Map<string, string[]>();
  readonly #byBareName = new Map<string, string[]>();
  readonly #root: string;

  private constructor(root: string, paths: readonly string[]) {
    this.#root = root;
    this.#paths = new Set(paths);
    for (const path of paths) {
      put(this.#byName, basename(path), path);
      put(this.#byStoredName, storedName(basename(path)), path);
      put(this.#byBareName, bareName(basename(path)), path);
    }
  }

  /** @throws DataError those of `folderContents` */
  static async below(root: string): Promise<ImageAddresses> {
    return new ImageAddresses(root, (await folderContents(root)).images);
  }

  /**
   * The path of an image below the folder; undefined if it is not there.
   *
   * @param place where the address is, for errors
   * @throws DataError `data/image-ambiguous` if several files have its name
   */
  find(address: string, place: string): string | undefined {
    const spellings = [...new Set(spellingsOf(address))];
    for (const path of spellings) {
      const parts = path.split('/');
      const end = parts.map((_, i) => parts.slice(i).join('/')).find((part) => this.#has(part));
      if (end !== undefined) return end;
    }
    for (const path of spellings) {
      const name = basename(path);
      const plain = name.replace(UPLOAD_PREFIX, '');
      const found =
        this.#byName.get(name) ??
        this.#byName.get(plain) ??
        this.#byStoredName.get(storedName(name)) ??
        this.#byStoredName.get(storedName(plain)) ??
        this.#byBareName.get(bareName(name)) ??
        this.#byBareName.get(bareName(plain));
      if (found?.length === 1) return found[0];
      if (found) throw this.#ambiguous(address, place, found);
    }
    return undefined;
  }

  /** Hidden files are not listed, but one that is named is meant. */
  #has(path: string): boolean {
    if (this.#paths.has(path)) return true;
    const parts = path.split('/');
    return (
      parts.some(isLeftBehind) &&
      !parts.some((part) => /^\.{0,2}$/.test(part)) &&
      hasImageEnding(path) &&
      (statSync(join(this.#root, path), { throwIfNoEntry: false })?.isFile() ?? false)
    );
  }

  #ambiguous(address: string, place: string, found: readonly string[]): DataError {
    return new DataError(
      'data/image-ambiguous',
      `${place}: the image "${printable(address)}" matches ${found.length} files below ${this.#root}: ${firstFew(found)}.`,
      { hint: 'Choose a folder with --images below which the image paths end like these addresses.' },
    );
  }
}

/** The file name in an address, for messages. */
export const addressName = (address: string): string =>
  basename(spellingsOf(address).at(-1)!).replace(/^\.*$/, '') || address.slice(0, 40);

/** The path in an address, as written and with percent escapes decoded; in a bucket also without what follows a `?`. */
function spellingsOf(address: string): string[] {
  const path = pathOf(address).replaceAll('\\', '/').replace(/^\/+/, '');
  const all = [path, decoded(path)];
  return IN_BUCKET.test(address) ? [...all, ...all.map(withoutQuery)] : all;
}

function pathOf(address: string): string {
  const query = /[?&](?:d|fileuri)=([^&#]*)/.exec(address);
  if (query) {
    const value = decoded(query[1]);
    // Label Studio hides the address of a file in a bucket so.
    return address.includes('fileuri=') ? pathOf(Buffer.from(value, 'base64').toString()) : value;
  }
  const inServer = /^[a-z][\w+.-]*:\/\/[^/]*\/(.*)$/is.exec(address)?.[1];
  // A file may have a question mark in its name, in a folder as in a bucket; a web server takes what follows it.
  if (inServer === undefined) return address;
  return IN_BUCKET.test(address) ? inServer : withoutQuery(inServer);
}

const withoutQuery = (path: string): string => path.replace(/[?#].*$/s, '');

/** A file name as Django stores it: `my photo (1).jpg` becomes `my_photo_1.jpg`. */
const storedName = (name: string): string =>
  name
    .normalize('NFC')
    .trim()
    .replaceAll(' ', '_')
    .replace(/[^-\p{L}\p{N}_.]/gu, '')
    .toLowerCase();

/** The stored name of a file whose name was decomposed (macOS does that): Django drops the marks of `ä`, `é` … */
const bareName = (name: string): string => storedName(name.normalize('NFD').replace(/\p{M}/gu, ''));

function put(map: Map<string, string[]>, key: string, path: string): void {
  const paths = map.get(key);
  if (paths) paths.push(path);
  else map.set(key, [path]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
