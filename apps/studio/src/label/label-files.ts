import { isHidden, type FileEntry } from '../files/entries.ts';
import { strings } from '../strings.ts';
import { labellingOf, restOf, type Rest } from './label-text.ts';
import { Labelling, UNKNOWN } from './labelling.ts';

export interface Labelled {
  /** Path of the label file. */
  readonly name: string;
  readonly names: readonly string[];
  readonly blobs: readonly Blob[];
  readonly labelling: Labelling;
  /** Of the label file; undefined where there is none. */
  readonly text?: string;
  readonly rest?: Rest;
  /** What the person should know of it. */
  readonly notes: string[];
}

/**
 * Photographs with what a label file among the files says of them. Of several label files it is the one with the most of
 * the photographs; photographs that only another one lists are not opened, so that they do not come into this one.
 */
export async function labelled(
  entries: readonly FileEntry[],
  images: readonly FileEntry[],
): Promise<Labelled> {
  const { files, notes } = await labelFilesAmong(entries, images);
  const [file, ...others] = files.sort((a, b) => b.found.length - a.found.length);
  if (!file) {
    const name = freeName(entries);
    const names = images.map(({ path }) => path);
    const blobs = images.map(({ blob }) => blob);
    return { name, names, blobs, labelling: new Labelling(images.length, [], []), notes };
  }
  const { path, text, found, lacking, labelling, names: listed } = file;
  notes.push(...file.notes);
  const folder = folderOf(path);
  const taken = new Set([file, ...others].flatMap((one) => one.found.map(({ image }) => image)));
  const more = images.filter((image) => !taken.has(image));
  const nameOf = (image: FileEntry) =>
    image.path.startsWith(folder)
      ? image.path.slice(folder.length)
      : '../'.repeat(folder.split('/').length - 1) + image.path;
  const size = found.length + more.length;
  const states = labelling.states.map((of) => {
    const all = new Uint8Array(size).fill(UNKNOWN);
    found.forEach(({ i }, at) => (all[at] = of[i]));
    return all;
  });
  if (others.length > 0)
    notes.push(
      strings.label.otherLabelFiles(
        path,
        others.map((other) => other.path),
      ),
    );
  if (lacking.length > 0) notes.push(strings.label.notThere(lacking.length, path));
  return {
    name: path,
    text,
    names: [...found.map(({ i }) => listed[i]), ...more.map(nameOf)],
    blobs: [...found.map(({ image }) => image.blob), ...more.map(({ blob }) => blob)],
    labelling: new Labelling(size, labelling.labels, states),
    rest: restOf(listed, labelling, lacking),
    notes,
  };
}

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);

/** A path without `.` and `..`; undefined of one that leads out. */
function plainPath(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/** A name for a new label file that no file has, so that none is replaced. */
function freeName(entries: readonly FileEntry[]): string {
  const taken = new Set(entries.map(({ path }) => path));
  for (let n = 1; ; n++) {
    const name = n === 1 ? 'labels.json' : `labels-${n}.json`;
    if (!taken.has(name)) return name;
  }
}

interface FoundLabelFile {
  readonly path: string;
  readonly text: string;
  readonly names: readonly string[];
  readonly labelling: Labelling;
  /** What is not kept of it. */
  readonly notes: readonly string[];
  /** Its photographs that are there, and their place in it. */
  readonly found: readonly { readonly i: number; readonly image: FileEntry }[];
  /** Places of those that are not. */
  readonly lacking: readonly number[];
}

/** The label files that name some of the images. */
async function labelFilesAmong(entries: readonly FileEntry[], images: readonly FileEntry[]) {
  const byPath = new Map(images.map((image) => [image.path, image]));
  const files: FoundLabelFile[] = [];
  const notes: string[] = [];
  for (const { path, blob } of entries.filter((entry) => /\.json$/i.test(entry.path) && !isHidden(entry))) {
    if (blob.size > 2 ** 28) {
      notes.push(strings.files.tooLarge(path));
      continue;
    }
    const text = await blob.text();
    let read;
    try {
      read = labellingOf(text, path);
    } catch (error) {
      notes.push(strings.files.notLabels(error instanceof Error ? error.message : String(error)));
      continue;
    }
    const folder = folderOf(path);
    const found: { i: number; image: FileEntry }[] = [];
    const lacking: number[] = [];
    read.names.forEach((name, i) => {
      const image = byPath.get(plainPath(folder + name.replaceAll('\\', '/')) ?? '');
      if (image) found.push({ i, image });
      else lacking.push(i);
    });
    if (found.length > 0) files.push({ path, text, ...read, found, lacking });
    else if (read.names.length > 0) notes.push(strings.label.namesNone(path));
  }
  return { files, notes };
}
