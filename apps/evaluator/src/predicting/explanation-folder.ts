import { mkdir, readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { printable, UsageError } from '@polytag/core';
import { readOverlaid } from '@polytag/datasets';
import { writeFileAtomically } from '@polytag/files';
import { heatMapPixels, type HeatMap } from '@polytag/model';
import { explanationPage, type ExplainedImage } from '@polytag/report';

/** Photographs that the page shows. */
const SHOWN = 300;

/** What the page says of each kind of heat map. */
const METHODS: Readonly<Record<HeatMap['kind'], string>> = {
  contributions: 'what each cell of the feature map adds to the score',
  attention: 'how much attention the query of the label gives to each cell of the feature map',
  gradients: 'channels of the feature map weighted by the gradient of the score (Grad-CAM)',
};

/** A folder of pictures that show where in photographs their labels were seen, with a page that shows them. */
export class ExplanationFolder {
  readonly #names = new Set<string>();
  readonly #shown: ExplainedImage[] = [];
  #more = 0;

  private constructor(
    readonly path: string,
    private readonly model: string,
    private readonly kind: HeatMap['kind'],
    private readonly maxPixels?: number,
  ) {}

  /** @throws UsageError `usage/folder-not-empty`: nothing of a person's is written over */
  static async open(
    path: string,
    { model, kind, maxPixels }: { model: string; kind: HeatMap['kind']; maxPixels?: number },
  ): Promise<ExplanationFolder> {
    await mkdir(path, { recursive: true });
    if ((await readdir(path)).length > 0) {
      throw new UsageError('usage/folder-not-empty', `The folder ${printable(path, 400)} is not empty.`, {
        hint: 'Choose another folder with --explain, or remove this one.',
      });
    }
    return new ExplanationFolder(path, model, kind, maxPixels);
  }

  /** Writes a picture for each label of a photograph. */
  async add(photograph: string, maps: readonly HeatMap[]): Promise<void> {
    const pictures =
      maps.length === 0
        ? []
        : await readOverlaid(photograph, (size) => maps.map((map) => heatMapPixels(map, size)), {
            maxPixels: this.maxPixels,
          });
    const labels: ExplainedImage['labels'][number][] = [];
    for (const [i, { label, score }] of maps.entries()) {
      const file = this.#free(`${plain(parse(photograph).name)} - ${plain(label)}`);
      await writeFileAtomically(join(this.path, file), pictures[i]);
      labels.push({ label, score, file });
    }
    if (this.#shown.length < SHOWN) this.#shown.push({ name: photograph, labels });
    else if (labels.length > 0) this.#more++;
  }

  /** Writes the page. */
  async finish(): Promise<void> {
    const { model, kind } = this;
    const page = { model, method: METHODS[kind], images: this.#shown, more: this.#more };
    await writeFileAtomically(join(this.path, 'index.html'), explanationPage(page));
  }

  /** A name that no other picture has, also where upper and lower case are one. */
  #free(name: string): string {
    for (let i = 1; ; i++) {
      const file = `${name}${i > 1 ? ` (${i})` : ''}.jpg`;
      if (this.#names.has(file.toLowerCase())) continue;
      this.#names.add(file.toLowerCase());
      return file;
    }
  }
}

/** Most characters of a part of a name: file systems take 255 bytes. */
const LONGEST = 60;

/** What any file system takes. */
const plain = (text: string): string =>
  [...text.replace(/[^\p{L}\p{M}\p{N} ._-]/gu, '_').replace(/^\./, '_')].slice(0, LONGEST).join('');
