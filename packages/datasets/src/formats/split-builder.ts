import { DataError, LabelVocabulary, type ClassName } from '@polytag/core';
import { imagePath } from './image-path.js';
import type { LabelledSplit } from './labelled-split.js';
import { locateImages } from './locate-images.js';
import { firstFew } from './same-labels.js';

export interface FinishOptions {
  readonly classes: readonly ClassName[];
  /** The folder that image paths start from. */
  readonly root: string;
  /** Where under `root` the images may be; `''` is `root` itself. */
  readonly folders: readonly string[];
  readonly skipMissing?: boolean;
  /** What becomes of images without labels. Default: kept, as all-negative images. */
  readonly unlabelled?: 'keep' | 'leave-out';
}

/** Collects the images of a split and checks what is the same in every format. */
export class SplitBuilder {
  readonly #name: string;
  readonly #source: string;
  readonly #images = new Map<string, { readonly labels: readonly ClassName[]; readonly at: string }>();
  readonly #leftOut = new Map<string, number>();

  /** @param source the file that lists the images */
  constructor(name: string, source: string) {
    this.#name = name;
    this.#source = source;
  }

  /**
   * @param at the place in the source, e.g. `line 3`
   * @throws DataError `data/path-escape`, `data/duplicate-image`
   */
  add(path: string, labels: readonly ClassName[], at: string): void {
    const name = imagePath(path, `${this.#source}, ${at}`);
    const before = this.#images.get(name);
    if (before) {
      throw new DataError(
        'data/duplicate-image',
        `${this.#source} lists the image "${name}" twice, at ${before.at} and ${at}.`,
        { hint: 'Keep one of them, with all labels of the image.' },
      );
    }
    this.#images.set(name, { labels, at });
  }

  leaveOut(what: string, count = 1): void {
    if (count > 0) this.#leftOut.set(what, (this.#leftOut.get(what) ?? 0) + count);
  }

  /**
   * Finds the images on disk and gives the split, in the order of the source.
   *
   * @throws DataError `data/empty-set`, `data/unknown-label`, `data/image-missing`, and those of `LabelVocabulary`
   */
  async finish(options: FinishOptions): Promise<LabelledSplit> {
    const { classes, root, folders, skipMissing = false, unlabelled = 'keep' } = options;
    if (this.#images.size === 0) throw this.#emptyError();
    this.#refuseUnknownLabels(this.#vocabulary(classes));
    if (unlabelled === 'leave-out') {
      const before = this.#images.size;
      for (const [name, { labels }] of this.#images) if (labels.length === 0) this.#images.delete(name);
      this.leaveOut('images without labels', before - this.#images.size);
    }
    const names = [...this.#images.keys()];
    const places = await locateImages(root, names, folders);
    const missing = names.filter((name) => !places.has(name));
    if (missing.length > 0 && !skipMissing) throw this.#missingError(missing, root, folders);
    this.leaveOut('images that are not on disk', missing.length);
    if (places.size === 0) throw this.#emptyError();
    const images = [...this.#images].flatMap(([name, { labels }]) => {
      const path = places.get(name);
      return path === undefined ? [] : [[path, labels] as const];
    });
    return {
      name: this.#name,
      source: this.#source,
      root,
      file: { classes, images },
      leftOut: this.#leftOut,
    };
  }

  #vocabulary(classes: readonly ClassName[]): LabelVocabulary {
    try {
      return new LabelVocabulary(classes);
    } catch (cause) {
      if (!(cause instanceof DataError)) throw cause;
      throw new DataError(cause.code, `${this.#source}: ${cause.message}`, {
        hint: 'Expected at least one label, and no two labels of one name.',
        cause,
      });
    }
  }

  #refuseUnknownLabels(known: LabelVocabulary): void {
    for (const [name, { labels, at }] of this.#images) {
      const unknown = labels.find((label) => known.indexOf(label) === undefined);
      if (unknown === undefined) continue;
      throw new DataError(
        'data/unknown-label',
        `${this.#source}, ${at}: the image "${name}" has the label "${unknown}", which is not one of the ${known.size} classes.`,
        { hint: 'Correct the label, or add it to the classes.' },
      );
    }
  }

  #missingError(missing: readonly string[], root: string, folders: readonly string[]): DataError {
    const looked = folders.map((folder) => (folder === '' ? 'the folder itself' : `${folder}/`)).join(', ');
    return new DataError(
      'data/image-missing',
      `${missing.length} of the ${this.#images.size} images of ${this.#source} are not in ${root} ` +
        `(looked in ${looked}): ${firstFew(missing)}.`,
      {
        hint: 'Name the folder of the images (--images), or leave those out that are missing (--skip-missing).',
      },
    );
  }

  #emptyError(): DataError {
    const leftOut = [...this.#leftOut].map(([what, count]) => `${count} ${what}`);
    return new DataError(
      'data/empty-set',
      leftOut.length > 0
        ? `Nothing is left of ${this.#source}: ${leftOut.join(', ')} were left out.`
        : `${this.#source} lists no images.`,
      { hint: 'Check that it is the right file, and that it is complete.' },
    );
  }
}
