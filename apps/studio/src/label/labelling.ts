/** What is known of a label of a photograph. */
export const ABSENT = 0;
export const PRESENT = 1;
export const UNKNOWN = 2;
export type State = 0 | 1 | 2;

/** What one deed of a person changed. */
export type Deed =
  | { readonly kind: 'label'; readonly label: string }
  | {
      readonly kind: 'states';
      readonly label: number;
      readonly images: Uint32Array;
      readonly before: Uint8Array;
    };

const MOST_DEEDS = 500;

/** The labels of photographs: for each label what is known of each photograph. N images, K labels. */
export class Labelling {
  readonly labels: string[];
  /** K arrays of N. */
  readonly states: Uint8Array[];
  readonly size: number;
  readonly #done: Deed[] = [];

  constructor(size: number, labels: readonly string[], states: readonly Uint8Array[]) {
    this.size = size;
    this.labels = [...labels];
    this.states = [...states];
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  /** What is known now, without what can be undone. */
  copy(): Labelling {
    return new Labelling(
      this.size,
      this.labels,
      this.states.map((states) => states.slice()),
    );
  }

  /** Position of a label; a new one is unknown of every photograph, since nobody looked. */
  addLabel(label: string): number {
    const known = this.labels.indexOf(label);
    if (known >= 0) return known;
    this.#remember({ kind: 'label', label });
    this.states.push(new Uint8Array(this.size).fill(UNKNOWN));
    return this.labels.push(label) - 1;
  }

  set(images: readonly number[], label: number, state: State): void {
    const changed = images.filter((image) => this.states[label][image] !== state);
    if (changed.length === 0) return;
    const before = Uint8Array.from(changed, (image) => this.states[label][image]);
    this.#remember({ kind: 'states', label, images: Uint32Array.from(changed), before });
    for (const image of changed) this.states[label][image] = state;
  }

  /** What is known of a label of some photographs; undefined where they differ. */
  common(images: readonly number[], label: number): State | undefined {
    const [first] = images;
    const state = this.states[label][first];
    return images.every((image) => this.states[label][image] === state) ? (state as State) : undefined;
  }

  isUntouched(image: number): boolean {
    return this.states.every((states) => states[image] === UNKNOWN);
  }

  count(label: number, state: State): number {
    let count = 0;
    for (const one of this.states[label]) if (one === state) count++;
    return count;
  }

  /** Takes the last deed back. @returns whether there was one */
  undo(): boolean {
    const deed = this.#done.pop();
    if (!deed) return false;
    if (deed.kind === 'states')
      deed.images.forEach((image, i) => (this.states[deed.label][image] = deed.before[i]));
    else {
      this.labels.pop();
      this.states.pop();
    }
    return true;
  }

  #remember(deed: Deed): void {
    this.#done.push(deed);
    if (this.#done.length > MOST_DEEDS) this.#done.shift();
  }
}
