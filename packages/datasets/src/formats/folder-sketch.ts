import { join } from 'node:path';
import { openRegularFile } from '@polytag/files';
import { folderContents, type FolderContents } from './folder-contents.js';

/** The kind of a JSON file, judged by its start. */
export type JsonKind = 'label file' | 'coco' | 'label-studio' | 'datumaro' | 'other';

/** The content of a folder, from which a reader detects its format. */
export interface FolderSketch extends FolderContents {
  /** All files that are not images, at any depth: `others`. */
  readonly files: readonly string[];
  /** The kind of each `.json` file in the folder and its direct subfolders. */
  readonly json: ReadonlyMap<string, JsonKind>;
}

/** Bytes of a JSON file that are examined. */
const START = 2 ** 16;
/** Most JSON files that are examined: a folder may have one per image. */
const MOST_JSON = 20;

/** @throws DataError those of `folderContents` */
export async function sketchFolder(from: string): Promise<FolderSketch> {
  const contents = await folderContents(from);
  const candidates = ['', '[^/]+/'].flatMap((folder) =>
    contents.others.filter((path) => new RegExp(`^${folder}[^/]+\\.json$`, 'i').test(path)),
  );
  const json = new Map<string, JsonKind>();
  for (const path of candidates.slice(0, MOST_JSON)) json.set(path, await jsonKind(join(from, path)));
  return { ...contents, files: contents.others, json };
}

async function jsonKind(path: string): Promise<JsonKind> {
  const text = await startOf(path).catch(() => '');
  const has = (...keys: string[]) => keys.every((key) => text.includes(`"${key}"`));
  if (/^\s*\[\s*\{/.test(text) || /^\s*\{\s*"(?:id|data)"/.test(text)) {
    const exported =
      has('data', 'annotations') || has('data', 'completions') || has('annotation_id', 'annotator');
    return exported ? 'label-studio' : 'other';
  }
  if (/"categories"\s*:\s*\{/.test(text) && /"(?:items|label)"\s*:/.test(text)) return 'datumaro';
  if (/"(?:images|annotations|categories)"\s*:\s*\[\s*\{/.test(text)) return 'coco';
  return /"classes"\s*:\s*\[/.test(text) || /"images"\s*:\s*\[\s*\[/.test(text) ? 'label file' : 'other';
}

async function startOf(path: string): Promise<string> {
  const { handle } = await openRegularFile(path, { what: 'file' });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(START), 0, START, 0);
    return buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
  } finally {
    await handle.close();
  }
}
