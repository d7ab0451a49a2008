import { isImage, type FileEntry } from '../files/entries.ts';
import { allow, entriesIn, isAllowed, replaceFile, versionOf, type Folder } from '../files/folder.ts';
import { ask, modelState } from '../model-state.ts';
import { playedImage, readLabels, writeLabels, type Offer } from '../play/server.ts';
import { strings } from '../strings.ts';
import { tell, tellError, warn } from '../ui/notices.tsx';
import { Store } from '../ui/store.ts';

import type { PhotoSource, Progress } from '../worker/protocol.ts';
import {
  forget,
  forgetAside,
  keepBlobs,
  keepLabels,
  keptAside,
  keptSet,
  MOST_KEPT,
  setAside,
  sizeOf,
  type Kept,
} from './kept.ts';
import { labelled } from './label-files.ts';
import { labellingOf, textOf, type Rest } from './label-text.ts';
import { Labelling, PRESENT, ABSENT, UNKNOWN } from './labelling.ts';

/** Photographs that are labelled. */
export interface DataState {
  /** Each opening has its own. */
  readonly id: string;
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
  /** What the label file says of photographs that are not there. */
  readonly rest?: Rest;
  /** Where the browser keeps it. */
  readonly slot: string;
  readonly isSaved: boolean;
  /** Counts changes, so that views follow them. */
  readonly edits: number;
  readonly suggestions?: Suggestions;
}

/** What the model says of each photograph. */
export interface Suggestions {
  /** Of the model that made them. */
  readonly version: number;
  readonly labels: readonly string[];
  /** [N, K] */
  readonly scores: Float32Array;
}

export const dataState = new Store<DataState | undefined>(undefined);
/** A folder of the last visit, which the browser opens again when the person agrees. */
export const folderToReopen = new Store<Kept | undefined>(undefined);

/** Labels of data sets that are not open, and were never saved. */
export const asideState = new Store<readonly Kept[]>([]);
/** A photograph that is looked at when the labels are seen next, by its place. */
export const photographToShow = new Store<number | undefined>(undefined);
/** Whether the browser refuses to keep what is done. */
export const isNotKept = new Store(false);

/** Where photographs are kept that no server has. Each label file of `play` has its own place. */
const FILES = 'files';

let timer: ReturnType<typeof setTimeout> | undefined;

const keptOf = ({
  sources: _,
  slot: __,
  edits: ___,
  suggestions: ____,
  labelling,
  ...value
}: DataState): Kept => ({
  ...value,
  labels: labelling.labels,
  states: labelling.states,
});

/** @param continued id of the data set that this one goes on with */
async function keep(continued?: string): Promise<void> {
  clearTimeout(timer);
  timer = undefined;
  const { value } = dataState;
  if (!value) return;
  try {
    await keepLabels(value.slot, keptOf(value), continued);
  } catch (error) {
    if (!isNotKept.value) tellError(new Error(strings.label.notKept(String(error))));
    isNotKept.set(true);
  }
}

const readAside = async () => asideState.set(await keptAside().catch(() => []));

/** Tells that labels have changed: they are kept a moment later. */
export function edited(): void {
  const { value } = dataState;
  if (!value) return;
  dataState.set({ ...value, isSaved: false, edits: value.edits + 1 });
  timer ??= setTimeout(() => void keep(), 300);
}

globalThis.addEventListener?.('pagehide', () => void keep());

const newId = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

/**
 * Opens a data set in the place of the one that is open.
 *
 * @param continued what was kept, where the labelling is that
 * @returns whether the photographs are kept
 */
async function begin(
  state: Omit<DataState, 'edits' | 'id'>,
  { blobs, continued }: { readonly blobs?: readonly Blob[]; readonly continued?: Kept } = {},
): Promise<boolean> {
  // Labels of a moment ago are kept first.
  if (timer !== undefined) await keep();
  dataState.set({ ...state, id: newId(), edits: 0 });
  let isKept = true;
  if (state.kind !== 'played') {
    isKept = await keepBlobs(state.slot, blobs).then(
      () => blobs !== undefined,
      () => false,
    );
  }
  await keep(continued?.id);
  if (continued) await forgetAside(continued).catch(() => undefined);
  await readAside();
  return isKept;
}

/** Takes up labels that were set aside, for the photographs that are open. Each step can be undone. */
export async function takeAside(kept: Kept): Promise<void> {
  const { names, labelling } = dataState.value!;
  const places = new Map(names.map((name, image) => [name, image]));
  const found = kept.names.flatMap((name, i) => {
    const image = places.get(name);
    return image === undefined ? [] : [[image, i] as const];
  });
  kept.labels.forEach((label, k) => {
    const own = labelling.addLabel(label);
    for (const state of [ABSENT, PRESENT, UNKNOWN] as const) {
      const having = found.filter(([, i]) => kept.states[k][i] === state);
      labelling.set(
        having.map(([image]) => image),
        own,
        state,
      );
    }
  });
  edited();
  await keep();
  await discardAside(kept);
}

export async function discardAside(kept: Kept): Promise<void> {
  await forgetAside(kept);
  await readAside();
}

/** The label file of labels that were set aside. */
export const fileOfAside = ({ names, labels, states, rest }: Kept): string =>
  textOf(names, new Labelling(names.length, labels, states), { rest });

/** Opens photographs, with the label file that lies beside them where there is one. @throws Error */
export async function openEntries(
  entries: readonly FileEntry[],
  kind: 'files' | 'example' = 'files',
): Promise<void> {
  const images = imagesAmong(entries);
  const { name: path, names, blobs, labelling, rest, notes } = await labelled(entries, images);
  const name = path.split('/').at(-1)!;
  const isSmall = sizeOf(images) <= MOST_KEPT;
  const kept = await keptSet(FILES).catch(() => undefined);
  // The same photographs again, which were too large to be kept.
  const goesOn = kept !== undefined && !kept.isSaved && !kept.blobs && isSame(kept, name, names);
  const isKept = await begin(
    {
      ...{ kind, name, names, rest, slot: FILES },
      sources: blobs,
      labelling: goesOn ? labellingBefore(kept, names) : labelling,
      isSaved: !goesOn,
    },
    { blobs: isSmall ? blobs : undefined, continued: goesOn ? kept : undefined },
  );
  if (!isKept && !isNotKept.value) notes.push(strings.label.tooManyToKeep);
  if (notes.length > 0) warn(notes.join(' '));
  if (goesOn) tell(strings.label.restored);
}

const isSame = (kept: Kept, name: string, names: readonly string[]) =>
  kept.kind === 'files' && kept.name === name && kept.names.every((one) => names.includes(one));

/** Opens a folder, whose label file is written back when it is saved. @param kept what was done at an earlier visit */
export async function openFolder(folder: Folder, kept?: Kept): Promise<void> {
  const entries = await entriesIn(folder);
  const images = imagesAmong(entries);
  const { name, names, blobs, labelling, text, rest, notes } = await labelled(entries, images);
  const version = await versionOf(text);
  const goesOn = kept !== undefined && !kept.isSaved && kept.version === version && kept.name === name;
  await begin(
    {
      kind: 'folder',
      ...{ name, names, folder, version, rest, slot: FILES },
      sources: blobs,
      labelling: goesOn ? labellingBefore(kept, names) : labelling,
      isSaved: !goesOn,
    },
    { continued: goesOn ? kept : undefined },
  );
  folderToReopen.set(undefined);
  if (notes.length > 0) warn(notes.join(' '));
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

/** Opens the label file that `play` has; what was labelled and not written is there again. */
export async function openPlayed({ name, id }: NonNullable<Offer['data']>): Promise<void> {
  const slot = `played/${id}`;
  const { text, version } = await readLabels();
  const { names, labelling, notes } = labellingOf(text, name);
  const kept = await keptSet(slot).catch(() => undefined);
  const goesOn = kept?.version === version && !kept.isSaved && kept.names.length === names.length;
  await begin(
    {
      kind: 'played',
      ...{ name, names, version, slot },
      sources: names.map((_, i) => playedImage(version, i)),
      labelling: goesOn ? new Labelling(names.length, kept.labels, kept.states) : labelling,
      isSaved: !goesOn,
    },
    { continued: goesOn ? kept : undefined },
  );
  if (notes.length > 0) warn(notes.join(' '));
  if (goesOn) tell(strings.label.restored);
}

/** What was open at the last visit. */
export async function openKept(): Promise<void> {
  const kept = await keptSet(FILES).catch(() => undefined);
  await readAside();
  if (kept?.folder) {
    if (await isAllowed(kept.folder)) await openFolder(kept.folder, kept);
    else folderToReopen.set(kept);
    return;
  }
  if (!kept) return;
  if (kept.blobs?.length !== kept.names.length) {
    if (!kept.isSaved) warn(strings.label.dropAgain(kept.name, kept.names.length));
    return;
  }
  const { names, labels, states, blobs, ...others } = kept;
  dataState.set({
    ...others,
    ...{ names, slot: FILES, id: newId() },
    sources: blobs,
    labelling: new Labelling(names.length, labels, states),
    edits: 0,
  });
  await keep(kept.id);
  await forgetAside(kept).catch(() => undefined);
  await readAside();
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
      slot: FILES,
      labelling,
      isSaved: true,
    },
    { blobs },
  );
}

/** Closes the photographs. Labels that were not saved are set aside. */
export async function closeData(): Promise<void> {
  await keep();
  const { value } = dataState;
  if (!value) return;
  if (!value.isSaved) await setAside(keptOf(value));
  dataState.set(undefined);
  await forget(value.slot);
  await readAside();
}

/** The label file as it is now. @param only positions of the photographs that it lists */
export function labelFile(only?: readonly number[]): string {
  const { names, labelling, rest } = dataState.value!;
  return textOf(names, labelling, only ? { only } : { rest });
}

/** Writes the label file of `play`, or into the open folder. @throws Error */
export async function saveLabels(): Promise<void> {
  const { edits, folder, name, version: before, id } = dataState.value!;
  let version;
  try {
    version = folder
      ? await replaceFile(folder, name, labelFile(), before!)
      : await writeLabels(labelFile(), before!);
  } catch (error) {
    // Another tab may have the place where they are kept.
    await setAside(keptOf(dataState.value!)).catch(() => undefined);
    throw error;
  }
  const now = dataState.value;
  if (now?.id !== id) return;
  dataState.set({ ...now, version, isSaved: now.edits === edits });
  await keep();
}

export function markSaved(): void {
  dataState.set({ ...dataState.value!, isSaved: true });
  void keep();
}

/** Asks the open model about all photographs. */
export async function askModel(report: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
  const { model, version } = modelState.value;
  const { labels } = model!;
  const { sources } = dataState.value!;
  const { scores, bad } = await ask('predictAll', { sources }, { report, signal });
  const { value } = dataState;
  if (value?.sources === sources) dataState.set({ ...value, suggestions: { version, labels, scores } });
  if (bad.length > 0) warn(strings.label.notPredicted(bad.length, bad[0]));
}
