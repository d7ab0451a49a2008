import { strings } from '../strings.ts';
import type { FileEntry } from './file-entry.ts';
import { unzipped } from './zip.ts';

export type { FileEntry };

/** The most files that are opened at once. */
const MOST_FILES = 20_000;

/** The files that a person chose, folders and zip files opened. @throws Error of what is too large */
export async function chosenEntries(files: readonly File[]): Promise<FileEntry[]> {
  return opened(files.map((file) => ({ path: file.webkitRelativePath || file.name, blob: file })));
}

/** The files that a person dropped. Their list must be asked for at once: it is gone after the event. */
export function droppedEntries(transfer: DataTransfer): Promise<FileEntry[]> {
  const roots = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files = [...transfer.files];
  return roots.length > 0 ? walked(roots).then(opened) : chosenEntries(files);
}

/** Files, with the content of zip files in their place. @throws Error of too many */
export async function opened(entries: readonly FileEntry[]): Promise<FileEntry[]> {
  const all: FileEntry[] = [];
  for (const entry of entries) {
    if (/\.zip$/i.test(entry.path)) all.push(...(await unzipped(entry)));
    else all.push(entry);
    if (all.length > MOST_FILES) throw new Error(strings.files.tooMany(MOST_FILES));
  }
  return all;
}

async function walked(roots: readonly FileSystemEntry[]): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  const visit = async (entry: FileSystemEntry): Promise<void> => {
    if (found.length > MOST_FILES) throw new Error(strings.files.tooMany(MOST_FILES));
    const path = entry.fullPath.replace(/^\//, '');
    if (entry.isFile) {
      const blob = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      );
      found.push({ path, blob });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (some.length === 0) return;
      for (const one of some) await visit(one);
    }
  };
  for (const root of roots) await visit(root);
  return found;
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);

/** What hidden folders and other systems leave beside files. */
export const isHidden = ({ path }: FileEntry): boolean => /(^|\/)(\.|__MACOSX)/.test(path);

/** JPEG, PNG and WebP by their names. */
export const isImage = (entry: FileEntry): boolean =>
  /\.(jpe?g|png|webp)$/i.test(entry.path) && !isHidden(entry);

/** The folder that all paths are in; undefined where there is none. */
export function commonFolder(paths: readonly string[]): string | undefined {
  const [first] = paths[0]?.split('/') ?? [];
  return paths.length > 0 && paths.every((path) => path.startsWith(`${first}/`)) ? first : undefined;
}

export interface ModelEntries {
  readonly name: string;
  /** The files of its folder by their names. */
  readonly files: ReadonlyMap<string, Blob>;
}

/** The first model folder among files, where there is one. */
export function modelAmong(entries: readonly FileEntry[]): ModelEntries | undefined {
  const weights = entries.find(
    ({ path }) =>
      nameOf(path) === 'model.safetensors' &&
      entries.some((other) => other.path === `${folderOf(path)}config.json`),
  );
  if (!weights) return undefined;
  const folder = folderOf(weights.path);
  const files = new Map(
    entries.filter(({ path }) => folderOf(path) === folder).map(({ path, blob }) => [nameOf(path), blob]),
  );
  return { name: nameOf(folder.replace(/\/$/, '')) || 'model', files };
}
