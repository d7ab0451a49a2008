import type { FileEntry } from '../files/entries.ts';
import type { Folder } from '../files/folder.ts';
import type { Rest } from './label-text.ts';

/** What is kept of a data set from one visit to the next. */
export interface Kept {
  /** Tells data sets that were opened after each other from one another, in other tabs too. */
  readonly id: string;
  readonly kind: 'files' | 'folder' | 'played' | 'example';
  readonly name: string;
  readonly names: readonly string[];
  /** The photographs, where they are small enough. */
  readonly blobs?: readonly Blob[];
  readonly labels: readonly string[];
  readonly states: readonly Uint8Array[];
  /** Of the label file of `play`, or in the folder, that it started from. */
  readonly version?: string;
  readonly folder?: Folder;
  /** What the label file says of photographs that are not there. */
  readonly rest?: Rest;
  readonly isSaved: boolean;
}

/** The most bytes of photographs that are kept. */
export const MOST_KEPT = 2 ** 30;

export const sizeOf = (entries: readonly FileEntry[]): number =>
  entries.reduce((sum, { blob }) => sum + blob.size, 0);

const [DATABASE, SETS, BLOBS] = ['polytag-studio', 'sets', 'photographs'];

function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(SETS);
      opening.result.createObjectStore(BLOBS);
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error!);
  });
}

async function within<Result>(
  mode: IDBTransactionMode,
  use: (sets: IDBObjectStore, blobs: IDBObjectStore) => IDBRequest<Result> | void,
): Promise<Result | undefined> {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction([SETS, BLOBS], mode);
      const request = use(transaction.objectStore(SETS), transaction.objectStore(BLOBS));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = () => reject(transaction.error!);
      transaction.onabort = () => reject(transaction.error!);
    });
  } finally {
    opened.close();
  }
}

const ASIDE = 'aside/';
const placeAside = ({ id }: Pick<Kept, 'id'>) => ASIDE + id;

/**
 * Keeps labels; photographs are kept once, by `keepBlobs`. Labels in the same slot that belong to another data set and were
 * not saved are set aside.
 *
 * @param continued the data set that these labels go on with
 */
export const keepLabels = (slot: string, { blobs: _, ...labels }: Kept, continued?: string) =>
  within('readwrite', (sets) => {
    const reading = sets.get(slot) as IDBRequest<Kept | undefined>;
    reading.onsuccess = () => {
      const there = reading.result;
      if (there && !there.isSaved && there.id !== labels.id && there.id !== continued)
        sets.put(there, placeAside(there));
      sets.put(labels, slot);
      if (labels.isSaved) sets.delete(placeAside(labels));
    };
  });

/** Keeps labels that are not open any more, until they are taken up or discarded. */
export const setAside = ({ blobs: _, ...labels }: Kept) =>
  within('readwrite', (sets) => void sets.put(labels, placeAside(labels)));

/** Labels that were not saved, of data sets that are not open any more. */
export async function keptAside(): Promise<readonly Kept[]> {
  const range = IDBKeyRange.bound(ASIDE, `${ASIDE}\uffff`);
  return ((await within('readonly', (sets) => sets.getAll(range))) as Kept[] | undefined) ?? [];
}

export const forgetAside = (kept: Kept) => within('readwrite', (sets) => void sets.delete(placeAside(kept)));

export const keepBlobs = (slot: string, kept: readonly Blob[] | undefined) =>
  within('readwrite', (_, blobs) => {
    if (kept) blobs.put(kept, slot);
    else blobs.delete(slot);
  });

export async function keptSet(slot: string): Promise<Kept | undefined> {
  const labels = (await within('readonly', (sets) => sets.get(slot))) as Kept | undefined;
  if (!labels) return undefined;
  const blobs = (await within('readonly', (_, all) => all.get(slot))) as Blob[] | undefined;
  return { ...labels, blobs };
}

export const forget = (slot: string) =>
  within('readwrite', (sets, blobs) => {
    sets.delete(slot);
    blobs.delete(slot);
  });
