import { isImage, type FileEntry } from '../files/entries.ts';
import { allow, entriesIn, isAllowed, replaceFile, versionOf, type Folder } from '../files/folder.ts';
import { ask, modelState } from '../model-state.ts';
import { playedImage, readLabels, writeLabels } from '../play/server.ts';
import { strings } from '../strings.ts';
import { tell } from '../ui/notices.tsx';
import { Store } from '../ui/store.ts';

import type { PhotoSource, Progress } from '../worker/protocol.ts';
import { forget, keepBlobs, keepLabels, keptSet, MOST_KEPT, sizeOf, type Kept } from './kept.ts';
import { labellingOf, textOf } from './label-text.ts';
import { Labelling, PRESENT, ABSENT, UNKNOWN } from './labelling.ts';

/** Photographs that are labelled. */
export interface DataState {
  readonly kind: Kept['kind'];
  /** Of the label file; in an open folder with its path. */
  readonly name: string;
  readonly names: readonly string[];
  readonly sources: readonly PhotoSource[];
  readonly labelling: Labelling;
  /** Of the label file that `play` has, or that lies in the open folder. */
  readonly version?: string;
  /** The open folder, into which the label file is written back. */
  readonly folder?: Folder;
  readonly isSaved: boolean;
  /** Counts changes, so that views follow them. */
  readonly edits: number;
  readonly suggestions?: Suggestions;
}

/** What the model says of each photograph. */
export interface Suggestions {
  readonly labels: readonly string[];
  /** [N, K] */
  readonly scores: Float32Array;
}

export const dataState = new Store<DataState | undefined>(undefined);
/** A folder of the last visit, which the browser opens again when the person agrees. */
export const folderToReopen = new Store<Kept | undefined>(undefined);

/** Where a data set is kept: that of `play` has its own place. */
const slotOf = ({ kind, name }: Pick<DataState, 'kind' | 'name'>) =>
  kind === 'played' ? `played/${name}` : 'files';

let timer: ReturnType<typeof setTimeout> | undefined;

async function keep(): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  const { value } = dataState;
  if (!value) return;
  const { kind, name, names, version, folder, isSaved, labelling } = value;
  await keepLabels(slotOf(value), {
    ...{ kind, name, names, version, folder, isSaved },
    labels: labelling.labels,
    states: labelling.states,
  });
}

/** Tells that labels have changed: they are kept a moment later. */
export function edited(): void {
  const { value } = dataState;
  if (!value) return;
  dataState.set({ ...value, isSaved: false, edits: value.edits + 1 });
  timer ??= setTimeout(() => void keep().catch(() => undefined), 300);
}

globalThis.addEventListener?.('pagehide', () => void keep().catch(() => undefined));

async function begin(state: Omit<DataState, 'edits'>, blobs?: readonly Blob[]): Promise<void> {
  dataState.set({ ...state, edits: 0 });
  if (state.kind !== 'played') await keepBlobs(slotOf(state), blobs);
  await keep();
}

/** Opens photographs, with the label file that lies beside them where there is one. @throws Error */
export async function openEntries(
  entries: readonly FileEntry[],
  kind: 'files' | 'example' = 'files',
): Promise<void> {
  const images = imagesAmong(entries);
  const { name, names, blobs, labelling } = await labelled(entries, images);
  const isSmall = sizeOf(images) <= MOST_KEPT;
  const state = { kind, name: name.split('/').at(-1)!, names, sources: blobs, labelling, isSaved: true };
  await begin(state, isSmall ? blobs : undefined);
  if (!isSmall) tell(strings.label.tooManyToKeep);
}

/** Opens a folder, whose label file is written back when it is saved. @param kept what was done at an earlier visit */
export async function openFolder(folder: Folder, kept?: Kept): Promise<void> {
  const entries = await entriesIn(folder);
  const images = imagesAmong(entries);
  const { name, names, blobs, labelling, text } = await labelled(entries, images);
  const version = await versionOf(text);
  const goesOn = kept !== undefined && !kept.isSaved && kept.version === version && kept.name === name;
  await begin({
    kind: 'folder',
    ...{ name, names, folder, version },
    sources: blobs,
    labelling: goesOn ? labellingBefore(kept, names) : labelling,
    isSaved: !goesOn,
  });
  folderToReopen.set(undefined);
  if (goesOn) tell(strings.label.restored);
}

/** Opens the folder of the last visit again; after a click, since the browser asks. */
export async function reopenFolder(kept: Kept): Promise<void> {
  await allow(kept.folder!);
  await openFolder(kept.folder!, kept);
}

/** What was labelled before, for the photographs that are there now. */
function labellingBefore({ names, labels, states }: Kept, now: readonly string[]): Labelling {
  const places = new Map(names.map((name, i) => [name, i]));
  return new Labelling(
    now.length,
    labels,
    states.map((of) => Uint8Array.from(now, (name) => of[places.get(name) ?? -1] ?? UNKNOWN)),
  );
}

function imagesAmong(entries: readonly FileEntry[]): FileEntry[] {
  const images = entries.filter(isImage).sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  if (images.length === 0) throw new Error(strings.files.noImages);
  return images;
}

interface Labelled {
  /** Path of the label file. */
  readonly name: string;
  readonly names: readonly string[];
  readonly blobs: readonly Blob[];
  readonly labelling: Labelling;
  /** Of the label file; undefined where there is none. */
  readonly text?: string;
}

const labelled = async (entries: readonly FileEntry[], images: readonly FileEntry[]): Promise<Labelled> =>
  (await labelFileAmong(entries, images)) ?? {
    name: 'labels.json',
    names: images.map(({ path }) => path),
    blobs: images.map(({ blob }) => blob),
    labelling: new Labelling(images.length, [], []),
  };

/** A label file that names some of the images; images that it does not name come after those, unknown. */
async function labelFileAmong(
  entries: readonly FileEntry[],
  images: readonly FileEntry[],
): Promise<Labelled | undefined> {
  for (const { path, blob } of entries.filter(({ path }) => /\.json$/i.test(path))) {
    if (blob.size > 2 ** 28) continue;
    const text = await blob.text();
    let read;
    try {
      read = labellingOf(text, path);
    } catch {
      continue;
    }
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const byPath = new Map(images.map((image) => [image.path, image]));
    const found = read.names.flatMap((name, i) => {
      const image = byPath.get(folder + name.replaceAll('\\', '/'));
      return image ? [{ name, i, image }] : [];
    });
    if (found.length === 0) continue;
    const used = new Set(found.map(({ image }) => image));
    const others = images.filter((image) => !used.has(image));
    const nameOf = (image: FileEntry) =>
      image.path.startsWith(folder) ? image.path.slice(folder.length) : image.path;
    const { labelling } = read;
    const states = labelling.states.map((of) => {
      const all = new Uint8Array(images.length).fill(UNKNOWN);
      found.forEach(({ i }, at) => (all[at] = of[i]));
      return all;
    });
    return {
      name: path,
      text,
      names: [...found.map(({ name }) => name), ...others.map(nameOf)],
      blobs: [...found.map(({ image }) => image.blob), ...others.map(({ blob: other }) => other)],
      labelling: new Labelling(images.length, labelling.labels, states),
    };
  }
  return undefined;
}

/** Opens the label file that `play` has; what was labelled and not written is there again. */
export async function openPlayed(name: string): Promise<void> {
  const { text, version } = await readLabels();
  const { names, labelling } = labellingOf(text, name);
  const kept = await keptSet(`played/${name}`).catch(() => undefined);
  const goesOn = kept?.version === version && !kept.isSaved && kept.names.length === names.length;
  await begin({
    kind: 'played',
    name,
    names,
    sources: names.map((_, i) => playedImage(i)),
    labelling: goesOn ? new Labelling(names.length, kept.labels, kept.states) : labelling,
    version,
    isSaved: !goesOn,
  });
  if (goesOn) tell(strings.label.restored);
}

/** What was open at the last visit. */
export async function openKept(): Promise<void> {
  const kept = await keptSet('files').catch(() => undefined);
  if (kept?.folder) {
    if (await isAllowed(kept.folder)) await openFolder(kept.folder, kept);
    else folderToReopen.set(kept);
    return;
  }
  if (!kept?.blobs || kept.blobs.length !== kept.names.length) return;
  const { kind, name, names, labels, states, isSaved, blobs } = kept;
  dataState.set({
    ...{ kind, name, names, isSaved },
    sources: blobs,
    labelling: new Labelling(names.length, labels, states),
    edits: 0,
  });
  tell(strings.label.restored);
}

/** Drawn scenes with their labels. */
export async function openScenes(count: number, report: (progress: Progress) => void): Promise<void> {
  const scenes = await ask('scenes', { count }, { report });
  const labels = [...new Set(scenes.flatMap((scene) => scene.labels))].sort();
  const labelling = new Labelling(
    scenes.length,
    labels,
    labels.map((label) =>
      Uint8Array.from(scenes, (scene) => (scene.labels.includes(label) ? PRESENT : ABSENT)),
    ),
  );
  const blobs = scenes.map(({ blob }) => blob);
  await begin(
    {
      kind: 'example',
      name: 'scenes.json',
      names: scenes.map(({ name }) => name),
      sources: blobs,
      labelling,
      isSaved: true,
    },
    blobs,
  );
}

export async function closeData(): Promise<void> {
  const { value } = dataState;
  dataState.set(undefined);
  if (value) await forget(slotOf(value));
}

/** The label file as it is now. */
export function labelFile(only?: readonly number[]): string {
  const { names, labelling } = dataState.value!;
  return textOf(names, labelling, only);
}

/** Writes the label file of `play`, or into the open folder. @throws Error */
export async function saveLabels(): Promise<void> {
  const { edits, folder, name, version: before } = dataState.value!;
  const version = folder
    ? await replaceFile(folder, name, labelFile(), before!)
    : await writeLabels(labelFile(), before!);
  const now = dataState.value!;
  dataState.set({ ...now, version, isSaved: now.edits === edits });
  await keep();
}

export function markSaved(): void {
  dataState.set({ ...dataState.value!, isSaved: true });
  void keep().catch(() => undefined);
}

/** Asks the open model about all photographs. */
export async function askModel(report: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
  const { labels } = modelState.value.model!;
  const { sources } = dataState.value!;
  const { scores } = await ask('predictAll', { sources }, { report, signal });
  const { value } = dataState;
  if (value?.sources === sources) dataState.set({ ...value, suggestions: { labels, scores } });
}
