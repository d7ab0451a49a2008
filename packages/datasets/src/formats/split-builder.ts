import { basename, extname } from 'node:path';
import { counted, DataError, LabelVocabulary, type ClassName } from '@polytag/core';
import { hasImageEnding, imagePath } from './image-path.js';
import { labelFileEntry, type LabelFile } from './label-file/parse-label-file.js';
import type { LabelledSplit } from './labelled-split.js';
import { locateBelow, type LocatedBelow } from './locate-below.js';
import { locateImages } from './locate-images.js';
import { firstFew, lookAlikeOf } from './same-labels.js';

export interface FinishOptions {
  readonly classes: readonly ClassName[];
  /** Folders under `root` that may have the images; `''` is `root` itself. */
  readonly folders: readonly string[];
  readonly skipMissing?: boolean;
  /** Whether the source lists images without extension, and the one that was added may be wrong. Default false. */
  readonly anyEnding?: boolean;
  /** What to do with images without labels. Default: keep them, with all labels absent. */
  readonly unlabelled?: 'keep' | 'leave-out';
  /** What to do about a label that is not one of `classes`. Default: how to add it to a list. */
  readonly unknownLabelHint?: string;
  /** Called for names that were found under another spelling. */
  readonly onNote?: (note: string) => void;
}

/** What else is known about an image. */
export interface AddOptions {
  /** Unknown labels. */
  readonly unknown?: readonly ClassName[];
  /** Labels that the source says the image lacks: they stay absent where what is not listed is unknown. */
  readonly absent?: readonly ClassName[];
  /** Whether to keep the image even if images without labels are left out: it is known to have none. Default false. */
  readonly annotated?: boolean;
  /** Whether to merge labels if the image is listed again, instead of an error. Default false. */
  readonly merge?: boolean;
}

interface ListedImage {
  readonly labels: readonly ClassName[];
  readonly unknown: readonly ClassName[];
  readonly absent: readonly ClassName[];
  readonly at: string;
  readonly merge: boolean;
  readonly annotated: boolean;
}

type Said = Pick<ListedImage, 'labels' | 'unknown' | 'absent'>;

/** What two entries say of one image: present goes before absent, and both go before unknown. */
function together(before: Said | undefined, { labels, unknown, absent }: Said): Said {
  if (!before && unknown.length === 0 && absent.length === 0) return { labels, unknown, absent };
  const all = [...(before?.labels ?? []), ...labels];
  const present = new Set(all);
  const lacking = new Set([...(before?.absent ?? []), ...absent].filter((label) => !present.has(label)));
  const unsure = [...(before?.unknown ?? []), ...unknown];
  return {
    labels: all,
    unknown: unsure.filter((label) => !present.has(label) && !lacking.has(label)),
    absent: [...lacking],
  };
}

/** Collects the images of a split, with the checks that all formats share. */
export class SplitBuilder {
  readonly #name: string;
  readonly #source: string;
  readonly #root: string;
  readonly #images = new Map<string, ListedImage>();
  readonly #leftOut = new Map<string, number>();
  readonly #merged = new Set<string>();

  /**
   * @param source the file that lists the images
   * @param root the folder that image paths start from
   */
  constructor(name: string, source: string, root: string) {
    this.#name = name;
    this.#source = source;
    this.#root = root;
  }

  /**
   * @param at the place in the source, e.g. `line 3`
   * @throws DataError `data/path-escape`, `data/duplicate-image`
   */
  add(path: string, labels: readonly ClassName[], at: string, options: AddOptions = {}): void {
    const { merge = false, annotated = false } = options;
    const name = imagePath(path, `${this.#source}, ${at}`, this.#root, this.#source);
    const before = this.#images.get(name);
    if (before && !merge) {
      throw new DataError(
        'data/duplicate-image',
        `${this.#source} lists the image "${name}" twice, at ${before.at} and ${at}.`,
        {
          hint: 'Keep one of them, with all labels of the image. For CSV with one label per row, add --layout long to merge them.',
        },
      );
    }
    if (before) this.#merged.add(name);
    const said = together(before, { labels, unknown: options.unknown ?? [], absent: options.absent ?? [] });
    this.#images.set(name, { ...said, at, merge, annotated });
  }

  /** Whether no image was added. */
  get isEmpty(): boolean {
    return this.#images.size === 0;
  }

  leaveOut(what: string, count = 1): void {
    if (count > 0) this.#leftOut.set(what, (this.#leftOut.get(what) ?? 0) + count);
  }

  /**
   * Finds the images on disk and returns the split, in the order of the source.
   *
   * @throws DataError `data/empty-set`, `data/unknown-label`, `data/image-missing`, `data/image-ambiguous`, and those of `LabelVocabulary`
   */
  async finish(options: FinishOptions): Promise<LabelledSplit> {
    const { classes, folders, skipMissing = false, anyEnding, unlabelled = 'keep', onNote } = options;
    const root = this.#root;
    if (this.#images.size === 0) throw this.#emptyError();
    this.#refuseUnknownLabels(this.#vocabulary(classes), options.unknownLabelHint);
    if (unlabelled === 'leave-out') {
      const before = this.#images.size;
      for (const [name, { labels, annotated }] of this.#images)
        if (labels.length === 0 && !annotated) this.#images.delete(name);
      this.leaveOut('images without labels', before - this.#images.size);
    }
    const names = [...this.#images.keys()];
    const { places, below } = await this.#locate(names, folders, anyEnding);
    this.#mergeSamePlace(places);
    const missing = names.filter((name) => !places.has(name));
    const ambiguous = missing.filter((name) => below?.ambiguous.has(name));
    if (missing.length > 0 && !skipMissing) throw this.#missingError(missing, folders, below);
    this.leaveOut('images that are not on disk', missing.length - ambiguous.length);
    this.leaveOut('images whose name matches several files', ambiguous.length);
    if (places.size === 0) throw this.#emptyError();
    const images = [...this.#images].flatMap(
      ([name, { labels, unknown, absent }]): LabelFile['images'][number][] => {
        const path = places.get(name);
        if (path === undefined) return [];
        return [labelFileEntry(path, labels, { unknown, absent })];
      },
    );
    this.#refuseSamePlace(places);
    if (onNote) this.#tell(places, below, onNote);
    return {
      name: this.#name,
      source: this.#source,
      root,
      file: { classes, images },
      leftOut: this.#leftOut,
    };
  }

  /** What notes call the split: only the file, if it has no other splits. */
  get #shownName(): string {
    const file = basename(this.#source);
    return basename(file, extname(file)) === this.#name ? file : `${this.#name} (${file})`;
  }

  /** Finds the images: in the expected folders, or else anywhere below the root. */
  async #locate(
    names: readonly string[],
    folders: readonly string[],
    anyEnding: boolean | undefined,
  ): Promise<{ readonly places: ReadonlyMap<string, string>; readonly below?: LocatedBelow }> {
    const places = await locateImages(this.#root, names, folders, { anyEnding });
    const missing = names.filter((name) => !places.has(name));
    if (missing.length === 0) return { places };
    const below = await locateBelow(this.#root, missing).catch(() => undefined);
    return { places: new Map([...places, ...(below?.found ?? [])]), below };
  }

  #vocabulary(classes: readonly ClassName[]): LabelVocabulary {
    try {
      return new LabelVocabulary(classes);
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause;
      throw new DataError(cause.code, `${this.#source}: ${cause.message}`, {
        hint: 'Expected at least one label, each with a different name.',
        cause,
      });
    }
  }

  #refuseUnknownLabels(
    known: LabelVocabulary,
    hint = 'Correct the label, or add it to the list of labels.',
  ): void {
    for (const [name, { labels, at }] of this.#images) {
      const unknown = labels.find((label) => known.indexOf(label) === undefined);
      if (unknown === undefined) continue;
      const alike = lookAlikeOf(unknown, known);
      throw new DataError(
        'data/unknown-label',
        `${this.#source}, ${at}: the image "${name}" has the label "${unknown}", which is not one of the ${known.size} known labels.`,
        { hint: alike ?? hint },
      );
    }
  }

  /** Merges rows that name one file by several names. */
  #mergeSamePlace(places: ReadonlyMap<string, string>): void {
    const firstName = new Map<string, string>();
    for (const [name, path] of places) {
      const first = firstName.get(path);
      if (first === undefined) {
        firstName.set(path, name);
        continue;
      }
      const [before, again] = [this.#images.get(first)!, this.#images.get(name)!];
      if (!before.merge || !again.merge) continue;
      this.#images.delete(name);
      this.#merged.add(first);
      this.#images.set(first, { ...before, ...together(before, again) });
    }
  }

  /** Two names of one file. */
  #refuseSamePlace(places: ReadonlyMap<string, string>): void {
    const nameOf = new Map<string, string>();
    for (const [name, path] of places) {
      if (!this.#images.has(name)) continue;
      const other = nameOf.get(path);
      nameOf.set(path, name);
      if (other === undefined) continue;
      const [a, b] = [other, name].map((one) => this.#images.get(one)!.at);
      throw new DataError(
        'data/duplicate-image',
        `${this.#source} lists the image "${path}" twice, at ${a} as "${other}" and at ${b} as "${name}".`,
        { hint: 'Keep one of them, with all labels of the image.' },
      );
    }
  }

  #tell(
    places: ReadonlyMap<string, string>,
    below: LocatedBelow | undefined,
    onNote: (note: string) => void,
  ): void {
    if (this.#merged.size > 0) {
      const [first] = this.#merged;
      onNote(
        `${this.#shownName}: ${counted(this.#merged.size, 'image has', 'images have')} several rows; their labels were merged, e.g. "${first}"`,
      );
    }
    const deeper = [...(below?.found ?? [])];
    if (deeper.length > 0) {
      const [name, path] = deeper[0];
      onNote(
        `${this.#shownName}: ${counted(deeper.length, 'image was', 'images were')} found in folders that the file does not give, e.g. "${name}" is "${path}"`,
      );
    }
    const otherwise = [...places].filter(
      ([name, path]) => path !== name && !path.endsWith(`/${name}`) && !below?.found.has(name),
    );
    if (otherwise.length > 0) {
      const [name, path] = otherwise[0];
      onNote(
        `${this.#shownName}: ${counted(otherwise.length, 'image was', 'images were')} found under a similar name, e.g. "${name}" is "${path}"`,
      );
    }
  }

  #missingError(
    missing: readonly string[],
    folders: readonly string[],
    below: LocatedBelow | undefined,
  ): DataError {
    const [root, total] = [this.#root, this.#images.size];
    if (below && missing.every((name) => below.ambiguous.has(name)))
      return this.#ambiguousError(below.ambiguous);
    const named = folders.map((folder) => (folder === '' ? 'the folder itself' : `${folder}/`)).join(', ');
    const looked =
      below && below.folders > 1
        ? `${named}, and by name in ${counted(below.folders - 1, 'subfolder')}`
        : named;
    const none = missing.length === total;
    const found = none
      ? `${total === 1 ? 'The only image' : `None of the ${total} images`} of ${this.#source} was ${total === 1 ? 'not found' : 'found'} in ${root}`
      : `${missing.length} of the ${total} images of ${this.#source} ${missing.length === 1 ? 'was' : 'were'} not found in ${root}`;
    // Where some images were found, neither the folder nor the endings are wrong as a whole.
    const hint = none
      ? 'Choose the image folder with --images (relative to the working folder), or leave missing images out with --skip-missing.' +
        (missing.every((name) => !hasImageEnding(name))
          ? ' For names without a file extension, add --extension jpg.'
          : '') +
        (missing.every((name) => /^\d+(?:[.,]0|[.,]\d+e\+\d+)?$/i.test(name))
          ? ' A spreadsheet may have changed these numbers (0012 to 12, 123456789012 to 1.23E+11): export them as text.'
          : '')
      : 'Copy them there, correct their paths, or leave them out with --skip-missing.';
    return new DataError('data/image-missing', `${found} (looked in ${looked}): ${firstFew(missing)}.`, {
      hint,
    });
  }

  #ambiguousError(ambiguous: LocatedBelow['ambiguous']): DataError {
    const [[name, files]] = ambiguous;
    const what = counted(ambiguous.size, 'image');
    return new DataError(
      'data/image-ambiguous',
      `${this.#source} lists ${what} without a folder, and several files below ${this.#root} have ${ambiguous.size === 1 ? 'that name' : 'such a name'}: "${name}" may be ${firstFew(files)}.`,
      {
        hint: 'Choose the image folder with --images, write the folders into the file, or leave such images out with --skip-missing.',
      },
    );
  }

  #emptyError(): DataError {
    const leftOut = [...this.#leftOut].map(([what, count]) => `${what} (${count})`);
    return new DataError(
      'data/empty-set',
      leftOut.length > 0
        ? `No images of ${this.#source} are left. Left out: ${leftOut.join(', ')}.`
        : `${this.#source} lists no images.`,
      { hint: 'Check that it is the right file, and that it is complete.' },
    );
  }
}
