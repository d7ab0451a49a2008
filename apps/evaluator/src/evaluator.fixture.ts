import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { readLabelFile } from '@polytag/datasets';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { evaluateScores } from '@polytag/metrics';
import { buildModel, saveModel } from '@polytag/model';
import { main } from './index.js';

/** What a command line did. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export async function polytagEval(...argv: string[]): Promise<Outcome> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const status = await main(argv, { out, err });
  return { status, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}

/** The first project as it was made. */
let first: { readonly mAP: number; readonly files: ReadonlyMap<string, Uint8Array> } | undefined;

async function filesOf(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const)),
  );
}

/** A folder with `data/` (8 scenes to train on, 6 to score on) and `run/best/`, a model with random weights. */
export class ModelProject {
  private constructor(
    readonly folder: string,
    /** Of the model on the 6 scenes. */
    readonly mAP: number,
  ) {}

  /** @param rename gives labels of the scenes other names */
  static async make(rename?: ReadonlyMap<string, string>): Promise<ModelProject> {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-evaluator-'));
    if (rename) return ModelProject.#make(folder, rename);
    if (!first) {
      // What is made here is made once: others get its files.
      const project = await ModelProject.#make(folder);
      first = { mAP: project.mAP, files: await filesOf(folder) };
      return project;
    }
    await useEngine('wasm');
    for (const [name, bytes] of first.files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    return new ModelProject(folder, first.mAP);
  }

  static async #make(folder: string, rename?: ReadonlyMap<string, string>): Promise<ModelProject> {
    await writeScenes({ folder: join(folder, 'data'), seed: 1, train: 8, validation: 6, size: 40 });
    if (rename)
      for (const name of ['train', 'val']) await renameLabels(join(folder, 'data', `${name}.json`), rename);
    return new ModelProject(folder, await saveRandomModel(folder));
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** The model folder. */
  get best(): string {
    return this.path('run', 'best');
  }

  /** Writes a file and gives its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

async function renameLabels(path: string, rename: ReadonlyMap<string, string>): Promise<void> {
  const { classes, images } = JSON.parse(await readFile(path, 'utf8')) as {
    classes: string[];
    images: [string, string[]][];
  };
  const renamed = (names: string[]) => names.map((name) => rename.get(name) ?? name);
  const changed = images.map(([image, labels]) => [image, renamed(labels)]);
  await writeFile(path, JSON.stringify({ classes: renamed(classes), images: changed }));
}

/** Saves a model with random weights for the scenes. Returns its mAP on them, from the scores it gives image by image. */
async function saveRandomModel(folder: string): Promise<number> {
  await useEngine('wasm');
  const { labels, images } = await readLabelFile(join(folder, 'data/val.json'));
  const backbone = { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } };
  const head = { name: 'linear', options: { space: 'cosines', scale: 17 } };
  const model = await buildModel({ backbone, head }, { labels, height: 32, width: 32, seed: 1 });
  await saveModel(model, join(folder, 'run', 'best'));
  const paths = images.map(({ path }) => path);
  const found = await model.topK(paths, labels.size);
  model.dispose();
  const scores = found.flatMap((of) =>
    labels.names.map((name) => of.find(({ label }) => label === name)!.score),
  );
  const targets = images.flatMap((image) => [...labels.names.keys()].map((k) => +image.labels.includes(k)));
  return evaluateScores({ scores, targets, images: images.length, labels: labels.names }).mAP;
}
