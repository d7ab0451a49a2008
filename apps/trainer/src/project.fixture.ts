import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { writeScenes } from '@polytag/datasets/scenes';
import { stringify } from 'yaml';
import { main } from './index.js';

/** What a command line did. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export async function polytagTrain(...argv: string[]): Promise<Outcome> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const status = await main(argv, { out, err });
  return { status, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

/** `training.epochs=2` and so on as `--set` options. */
export const set = (...assignments: string[]): string[] => assignments.flatMap((one) => ['--set', one]);

/** A model that trains in seconds: every value that a test does not change. */
export const tinyConfig = {
  seed: 1,
  data: { root: 'data', height: 32, width: 32, workers: 0 },
  model: {
    backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
    head: { name: 'linear', options: { space: 'cosines', scale: 17 } },
  },
  loss: { name: 'aam-asl' },
  training: { epochs: 1, batchSize: 4, learningRate: 0.01, sam: false, ema: false },
};

/** What `data/` of every project holds: drawn by the first, and written by the others. */
let drawn: Promise<ReadonlyMap<string, Uint8Array>> | undefined;

async function drawScenes(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  await writeScenes({ folder, seed: 1, train: 8, validation: 6, size: 40 });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  );
}

/** A user's folder: `tiny.yaml`, and `data/` with 8 scenes to train on and 6 to score on. */
export class Project {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Project> {
    const project = new Project(await mkdtemp(join(tmpdir(), 'polytag-trainer-')));
    if (drawn) {
      await mkdir(project.path('data', 'images'), { recursive: true });
      for (const [name, bytes] of await drawn) await project.write(join('data', name), bytes);
    } else await (drawn = drawScenes(project.path('data')));
    await project.write('tiny.yaml', stringify(tinyConfig));
    return project;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file and gives its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  /** Writes a label file into `data/`: images of the training part, unless others are named. */
  labelFile(
    name: string,
    labelsOf: (image: number) => readonly string[],
    { images = 8, classes = ['cat', 'dog'], replace = {} as Readonly<Record<number, string>> } = {},
  ): Promise<string> {
    const entries = Array.from({ length: images }, (_, i) => [
      replace[i] ?? `images/train-${String(i).padStart(5, '0')}.png`,
      labelsOf(i),
    ]);
    return this.write(join('data', name), JSON.stringify({ classes, images: entries }));
  }

  /** What `npm i @polytag/core …` in the folder does: packages are found in its `node_modules`. */
  async installPackages(): Promise<void> {
    await symlink(
      fileURLToPath(new URL('../../../node_modules', import.meta.url)),
      this.path('node_modules'),
    );
  }

  /** `fit --config tiny.yaml --out runs/RUN …` */
  fit(run: string, ...more: string[]): Promise<Outcome> {
    return polytagTrain('fit', '--config', this.path('tiny.yaml'), '--out', this.path('runs', run), ...more);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

/** `evaluation.json` and `report.html` of a run, the mistakes on the page held to the label file. */
export async function reportOf(project: Project, run: string) {
  const read = (name: string) => readFile(project.path('runs', run, name), 'utf8');
  const [figures, page] = [JSON.parse(await read('evaluation.json')), await read('report.html')];
  const { images } = JSON.parse(await readFile(project.path('data/val.json'), 'utf8')) as {
    images: [string, string[]][];
  };
  const labelsOf = new Map(images);
  const lists = [...page.matchAll(/<ul class="mistakes">([^]*?)<\/ul>/g)].map(([, list]) =>
    [...list.matchAll(/"name"><bdi>(.*?)<\/bdi>.*?"note"><bdi>(.*?)<\/bdi>/g)].map(([, label, name]) =>
      labelsOf.get(name)!.includes(label),
    ),
  );
  // Absent labels first, then present ones.
  expect(lists.map((list) => [...new Set(list)])).toEqual([[false], [true]]);
  return { figures, page } as { figures: { mAP: number }; page: string };
}
