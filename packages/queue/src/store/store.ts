import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  opendir,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { DataError, printable, UsageError } from '@polytag/core';
import { fileErrorFrom, readTextFile, writeFileAtomically } from '@polytag/files';
import * as z from 'zod';

const storeSchema = z.object({ polytag_store: z.literal(1), id: z.string().regex(/^[0-9a-f-]{36}$/) });

/** Where names are divided, besides at `/`: a backslash is a letter like others where the system takes it for one. */
const divides = sep === '\\' ? /[\\\0]/ : /\0/;

/** A name of a file in a store, as jobs have it: relative, with `/`, and with no way out. */
export const storeNameSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((name) => !isAbsolute(name) && !divides.test(name), 'expected a path within the store')
  .refine((name) => name.split('/').every((part) => part !== '' && part !== '.' && part !== '..'), 'expected a path within the store'); // prettier-ignore

/** What was put into a store by content. */
export interface StoredFile {
  readonly name: string;
  /** SHA-256, 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * The folder that coordinator and workers share. `store.json` names it, `jobs/ID/result` is what a job gave,
 * `jobs/ID/attempts/TOKEN` what one is at, `files/SHA256` what jobs read, `settled/NAME` what all who
 * share the store keep to.
 */
export class Store {
  private constructor(
    /** Path of the store on this machine. */
    readonly path: string,
    /** Names a store, wherever it is mounted. */
    readonly id: string,
    /** What names are relative to: the store itself, or for jobs that stay on this machine the root of its files. */
    private readonly base: string,
  ) {}

  /**
   * Opens a store. A folder that is none yet becomes one.
   *
   * @param local jobs stay on this machine, and may read any file
   * @throws DataError `queue/store` where `store.json` is not what is expected
   */
  static async open(folder: string, { local = false }: { readonly local?: boolean } = {}): Promise<Store> {
    try {
      await mkdir(join(folder, 'jobs'), { recursive: true });
      const path = await realpath(resolve(folder));
      const id = await storeId(join(path, 'store.json'));
      return new Store(path, id, local ? parse(path).root : path);
    } catch (error) {
      throw fileErrorFrom(error) ?? error;
    }
  }

  /** Whether jobs may read only what is in the store. */
  get isShared(): boolean {
    return parse(this.base).root !== this.base;
  }

  /**
   * The name of a file or folder of the store.
   *
   * @throws UsageError `queue/outside-store`
   */
  async nameOf(path: string): Promise<string> {
    const real = await realpath(resolve(path)).catch(() => resolve(path));
    const name = relative(this.base, real).split(sep).join('/');
    if (name !== '' && !name.startsWith('../') && name !== '..' && !isAbsolute(name)) return name;
    throw new UsageError(
      'queue/outside-store',
      `${printable(path, 400)} is not in the store ${printable(this.path, 400)}, so workers cannot read it.`,
      { hint: 'Copy it into the store (--store), the folder shared by all machines.' },
    );
  }

  /**
   * Path of a name in the store on this machine. It need not exist. Links that lead out of the store are refused.
   *
   * @throws UsageError `queue/outside-store`
   */
  async pathOf(name: string): Promise<string> {
    const path = join(this.base, name);
    if (storeNameSchema.safeParse(name).success && (await this.#holds(path))) return path;
    throw outsideStore(name, this.path);
  }

  /**
   * Checks that files are in the store, links followed: those of a job that a file of the store names. They need not exist.
   *
   * @throws UsageError `queue/outside-store`
   */
  async assertWithin(paths: readonly string[]): Promise<void> {
    if (!this.isShared) return;
    // A folder is read once, instead of asking for each of its files: there may be a million.
    const folders = new Map<string, string[]>();
    for (const path of paths) {
      const folder = dirname(resolve(path));
      const others = folders.get(folder);
      if (others) others.push(path);
      else folders.set(folder, [path]);
    }
    for (const [folder, files] of folders) {
      await this.#assertWithin(folder, files[0]);
      const links = await linksIn(folder);
      if (links.size === 0) continue;
      for (const path of files)
        if (links.has(folded(basename(path)))) await this.#assertWithin(resolve(path), path);
    }
  }

  /** @param shown what an error calls it */
  async #assertWithin(path: string, shown: string): Promise<void> {
    // The store may be given by a link, and its files with it.
    if (!(await this.#holds(path).catch(() => false))) throw outsideStore(shown, this.path);
  }

  /** Whether a path is in the store, links followed. */
  async #holds(path: string): Promise<boolean> {
    const base = this.base.endsWith(sep) ? this.base : this.base + sep;
    return `${await placeOf(path)}${sep}`.startsWith(base);
  }

  /**
   * A file that is in the store, with what is in it.
   *
   * @throws UsageError `queue/outside-store`
   */
  async describe(path: string): Promise<StoredFile> {
    return { name: await this.nameOf(path), sha256: await fileHash(path) };
  }

  /** Settles a text under a name of letters and digits: that of who is first. */
  async settle(name: string, text: string): Promise<string> {
    const file = join(this.path, 'settled', name);
    if (!existsSync(file)) {
      await mkdir(join(this.path, 'settled'), { recursive: true });
      await writeFileAtomically(file, text, { onlyNew: true }).catch((error: unknown) => {
        if (!existsSync(file)) throw error;
      });
    }
    return (await this.settled(name))!;
  }

  /** What was settled under a name; undefined where nothing was. */
  async settled(name: string): Promise<string | undefined> {
    const file = join(this.path, 'settled', name);
    return existsSync(file) ? readTextFile(file, { what: 'file of the store', maxBytes: 1e6 }) : undefined;
  }

  /** Copies a file into the store, under its hash, unless it is already there. */
  async putFile(path: string): Promise<StoredFile> {
    const sha256 = await fileHash(path);
    const target = join(this.path, 'files', sha256, basename(path));
    if (!existsSync(target)) {
      await mkdir(join(this.path, 'files', sha256), { recursive: true });
      await putAside(`${target}.${randomUUID()}.tmp`, target, (aside) => copyFile(path, aside));
    }
    return { name: await this.nameOf(target), sha256 };
  }

  /** Writes a text or bytes into the store, under their hash. */
  async putContent(content: string | Uint8Array, fileName: string): Promise<StoredFile> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const target = join(this.path, 'files', sha256, fileName);
    if (!existsSync(target)) {
      await mkdir(join(this.path, 'files', sha256), { recursive: true });
      await writeFileAtomically(target, content);
    }
    return { name: await this.nameOf(target), sha256 };
  }

  /** Copies a folder with all that is in it into the store, under a hash of names and contents. */
  async putFolder(folder: string): Promise<StoredFile> {
    const files = await filesIn(folder);
    const sha256 = await folderHash(folder, files);
    const target = join(this.path, 'files', sha256, basename(resolve(folder)));
    if (!existsSync(target)) {
      const aside = `${join(this.path, 'files', sha256)}/.${randomUUID()}.tmp`;
      await putAside(aside, target, async () => {
        for (const file of files) {
          await mkdir(resolve(aside, file, '..'), { recursive: true });
          await copyFile(join(folder, file), join(aside, file));
        }
      });
    }
    return { name: await this.nameOf(target), sha256 };
  }

  /**
   * Path of a job's file, after its content was compared with the hash in the job.
   *
   * @throws DataError `queue/other-content`
   */
  async checked({ name, sha256 }: StoredFile): Promise<string> {
    const path = await this.pathOf(name);
    if ((await fileHash(path)) === sha256) return path;
    throw otherContent(name);
  }

  /**
   * The same of a folder, no link in which leads out of the store.
   *
   * @throws DataError `queue/other-content`; UsageError `queue/outside-store`
   */
  async checkedFolder({ name, sha256 }: StoredFile): Promise<string> {
    const path = await this.pathOf(name);
    for (const entry of await entriesIn(path)) if (entry.isLink) await this.pathOf(`${name}/${entry.name}`);
    if ((await folderHash(path, await filesIn(path))) === sha256) return path;
    throw otherContent(name);
  }

  jobFolder(id: string): string {
    return join(this.path, 'jobs', id);
  }

  /** What a job gave; there once it is published. */
  resultFolder(id: string): string {
    return join(this.jobFolder(id), 'result');
  }

  isPublished(id: string): boolean {
    return existsSync(this.resultFolder(id));
  }

  /** Removes the result of a job. If the job is submitted again, it runs again. */
  async removeJob(id: string): Promise<void> {
    await rm(this.jobFolder(id), { recursive: true, force: true });
  }

  /** Takes out what `putContent` has put in under a name; the same content under another name stays. */
  async removeContent({ name, sha256 }: StoredFile): Promise<void> {
    await rm(await this.pathOf(name), { force: true });
    // Of others, where it is not empty.
    await rmdir(join(this.path, 'files', sha256)).catch(() => undefined);
  }
}

const outsideStore = (name: string, store: string): UsageError =>
  new UsageError(
    'queue/outside-store',
    `A job refers to ${printable(name, 400)}, which is outside the store ${printable(store, 400)}.`,
    {
      hint: 'Copy it into the store (--store), the folder shared by all machines. A link out of it does not help.',
    },
  );

/**
 * Makes a file or folder aside, and gives it its name. After a fault, such as a full disk, nothing is left aside. Of two
 * that do so at once, one is first, and the other's is the same.
 */
async function putAside(
  aside: string,
  target: string,
  make: (aside: string) => Promise<void>,
): Promise<void> {
  try {
    await make(aside);
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!existsSync(target)) throw fileErrorFrom(error) ?? error;
  }
}

async function storeId(file: string): Promise<string> {
  if (!existsSync(file)) {
    const text = `${JSON.stringify({ polytag_store: 1, id: randomUUID() })}\n`;
    await writeFileAtomically(file, text, { onlyNew: true }).catch((error: unknown) => {
      // Another process was first.
      if (!existsSync(file)) throw error;
    });
  }
  const text = await readTextFile(file, { what: 'description of the store', maxBytes: 1e5 });
  try {
    return storeSchema.parse(JSON.parse(text)).id;
  } catch (cause) {
    throw new DataError('queue/store', `${printable(file, 400)} is not a valid description of a store.`, {
      hint: 'Choose another folder with --store, or delete the file.',
      cause,
    });
  }
}

export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  } catch (error) {
    throw fileErrorFrom(error) ?? error;
  }
  return hash.digest('hex');
}

const otherContent = (name: string): DataError =>
  new DataError('queue/other-content', `${printable(name, 400)} changed after the job was created.`, {
    hint: 'Repeat the command: it creates jobs from the current files.',
  });

/** Of the names and contents of files. */
async function folderHash(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${JSON.stringify(file)}${await fileHash(join(folder, file))}`);
  return hash.digest('hex');
}

/** In the order of their names. A link to a file is the file: caches of models keep them elsewhere. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await entriesIn(folder);
  const isFile = ({ name }: FolderEntry) =>
    stat(join(folder, name)).then(
      (found) => found.isFile(),
      () => false,
    );
  const kept = await Promise.all(
    entries.map(async (entry) => entry.isFile || (entry.isLink && isFile(entry))),
  );
  return entries.flatMap(({ name }, i) => (kept[i] ? [name] : [])).sort();
}

/** Names that a system may take for the same: some tell no case and no form of Unicode apart. */
const folded = (name: string): string => name.normalize().toLowerCase();

/** Names of the symbolic links in a folder, folded; none where there is no such folder. */
async function linksIn(folder: string): Promise<Set<string>> {
  const links = new Set<string>();
  const entries = await opendir(folder).catch(() => undefined);
  if (entries) for await (const entry of entries) if (entry.isSymbolicLink()) links.add(folded(entry.name));
  return links;
}

/** What is in a folder, at any depth. */
interface FolderEntry {
  /** From the folder on, with `/`. */
  readonly name: string;
  readonly isFile: boolean;
  readonly isLink: boolean;
}

async function entriesIn(folder: string): Promise<FolderEntry[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.map((entry) => ({
      name: relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'),
      isFile: entry.isFile(),
      isLink: entry.isSymbolicLink(),
    }));
  } catch (error) {
    throw fileErrorFrom(error) ?? error;
  }
}

/**
 * Where a path leads, links followed. Of what is not there yet, where it would be made.
 *
 * @returns undefined for a link to what is not there: it may be made anywhere
 */
async function placeOf(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined || dirname(path) === path) return real;
  const isLink = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isLink) return undefined;
  const parent = await placeOf(dirname(path));
  return parent === undefined ? undefined : join(parent, basename(path));
}
