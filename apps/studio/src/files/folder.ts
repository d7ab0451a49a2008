import { strings } from '../strings.ts';
import type { FileEntry } from './file-entry.ts';

// File System Access, which TypeScript's own declarations do not have: Chromium alone has it.
interface PermissionQuery {
  readonly mode: 'readwrite';
}
export interface Folder extends FileSystemDirectoryHandle {
  queryPermission?(query: PermissionQuery): Promise<PermissionState>;
  requestPermission?(query: PermissionQuery): Promise<PermissionState>;
}
type Picker = (options: PermissionQuery & { readonly id: string }) => Promise<Folder>;

const picker = () => (globalThis as { showDirectoryPicker?: Picker }).showDirectoryPicker;

/** Whether folders can be opened here, so that label files are written back into them. */
export const canOpenFolders = (): boolean => picker() !== undefined;

/** The folder that a person chooses; undefined where none is chosen. */
export async function chooseFolder(): Promise<Folder | undefined> {
  try {
    return await picker()!({ id: 'photographs', mode: 'readwrite' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}

const WRITING: PermissionQuery = { mode: 'readwrite' };

/** Whether the folder may be read and written without asking. */
export const isAllowed = async (folder: Folder): Promise<boolean> =>
  !folder.queryPermission || (await folder.queryPermission(WRITING)) === 'granted';

/** Asks the person for the folder again; only after a click. @throws Error when it is refused */
export async function allow(folder: Folder): Promise<void> {
  if (!folder.requestPermission || (await folder.requestPermission(WRITING)) === 'granted') return;
  throw new Error(strings.label.notAllowed(folder.name));
}

const MOST_FILES = 20_000;

/** All files in a folder, hidden ones left out; paths are from the folder on. @throws Error of too many */
export async function entriesIn(folder: Folder): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  const visit = async (current: FileSystemDirectoryHandle, prefix: string): Promise<void> => {
    const inside = (
      current as FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> }
    ).values();
    for await (const handle of inside) {
      if (handle.name.startsWith('.')) continue;
      const path = prefix + handle.name;
      if (handle.kind === 'directory') await visit(handle as FileSystemDirectoryHandle, `${path}/`);
      else found.push({ path, blob: await (handle as FileSystemFileHandle).getFile() });
      if (found.length > MOST_FILES) throw new Error(strings.files.tooMany(MOST_FILES));
    }
  };
  await visit(folder, '');
  return found;
}

/** What tells a text from a later one; of no file it is empty. */
export async function versionOf(text: string | undefined): Promise<string> {
  if (text === undefined) return '';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Writes a label file, and keeps the one that it replaces beside it as `NAME.before-N.json`.
 *
 * @param path from the folder on
 * @param version of the file when it was read
 * @returns the version of what was written
 * @throws Error when another program has changed the file since
 */
export async function replaceFile(
  folder: Folder,
  path: string,
  text: string,
  version: string,
): Promise<string> {
  const parts = path.split('/');
  let parent: FileSystemDirectoryHandle = folder;
  for (const name of parts.slice(0, -1)) parent = await parent.getDirectoryHandle(name);
  const name = parts.at(-1)!;
  const before = await textOf(parent, name);
  if ((await versionOf(before)) !== version) throw new Error(strings.label.changedOutside(path));
  if (before !== undefined && before !== text)
    await write(parent, await freeName(parent, name.replace(/\.json$/i, '')), before);
  await write(parent, name, text);
  return versionOf(text);
}

const textOf = async (folder: FileSystemDirectoryHandle, name: string): Promise<string | undefined> =>
  (await fileIn(folder, name))?.getFile().then((file) => file.text());

async function fileIn(folder: FileSystemDirectoryHandle, name: string) {
  try {
    return await folder.getFileHandle(name);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

async function freeName(folder: FileSystemDirectoryHandle, stem: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = `${stem}.before-${n}.json`;
    if (!(await fileIn(folder, name))) return name;
  }
}

/** The file is replaced when all of it is written. */
async function write(folder: FileSystemDirectoryHandle, name: string, text: string): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  await stream.write(text);
  await stream.close();
}
