import { printable } from '@polytag/core';

/** How closely a path in a file of scores fits the name of an image. A closer one is preferred. */
export const CLOSENESS = { baseName: 1, end: 2, exact: 3 } as const;

/** The image that a path means, or several that it may mean. */
export type FoundImage =
  { readonly image: number; readonly closeness: number } | { readonly ambiguous: readonly [number, number] };

/** Nothing to show otherwise; faster than `printable`. */
const PLAIN = /^[ -~]*$/;
const forward = (path: string) => path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/**
 * Finds the images of a data set by what another program calls them: by the path as the label file writes it; else by
 * a path that ends like it, or the other way round (`/home/me/images/1.jpg` and `images/1.jpg`); else by the base name.
 * What cannot be seen in a name (a line break, a mark of direction) may be written as an escape, as a table of `predict` has
 * it: `a\\nb.jpg`.
 */
export class ImageNames {
  readonly #exact: ReadonlyMap<string, number>;
  /** Made when the first path fits no name as it is. */
  #byBaseName?: Map<string, { readonly image: number; readonly path: string }[]>;
  /** The same images by their names as `polytag-eval predict` prints them in a table; made when a path has a backslash. */
  #shown?: ImageNames;

  /** @param names as the label file writes them, each once */
  constructor(readonly names: readonly string[]) {
    this.#exact = new Map(names.map((name, image) => [name, image]));
  }

  /** The image of that very name. */
  exactly(name: string): number | undefined {
    return this.#exact.get(name);
  }

  /** Undefined where no image fits. */
  find(given: string): FoundImage | undefined {
    const image = this.#exact.get(given);
    if (image !== undefined) return { image, closeness: CLOSENESS.exact };
    if (given.includes('\\') && this.#asShown() !== this) return this.#asShown().find(given);
    const path = forward(given);
    const sameBase = this.#withBaseName(baseName(path));
    const endAlike = sameBase.filter(
      ({ path: name }) => name === path || path.endsWith(`/${name}`) || name.endsWith(`/${path}`),
    );
    const [fitting, closeness] =
      endAlike.length > 0 && path.includes('/') ? [endAlike, CLOSENESS.end] : [sameBase, CLOSENESS.baseName];
    if (fitting.length === 0) return undefined;
    if (fitting.length > 1) return { ambiguous: [fitting[0].image, fitting[1].image] };
    return { image: fitting[0].image, closeness };
  }

  /** This, where all names are shown as they are. */
  #asShown(): ImageNames {
    if (!this.#shown) {
      const shown = this.names.map((name) => (PLAIN.test(name) ? name : printable(name, Infinity)));
      this.#shown = shown.some((name, image) => name !== this.names[image]) ? new ImageNames(shown) : this;
    }
    return this.#shown;
  }

  #withBaseName(name: string): readonly { readonly image: number; readonly path: string }[] {
    if (!this.#byBaseName) {
      this.#byBaseName = new Map();
      for (const [image, one] of this.names.entries()) {
        const path = forward(one);
        const base = baseName(path);
        const same = this.#byBaseName.get(base);
        if (same) same.push({ image, path });
        else this.#byBaseName.set(base, [{ image, path }]);
      }
    }
    return this.#byBaseName.get(name) ?? [];
  }
}
