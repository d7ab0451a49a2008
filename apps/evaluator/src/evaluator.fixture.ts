import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { openLoader, readAnnotations } from '@polytag/datasets';
import { writeScenes } from '@polytag/datasets/scenes';
import { useEngine } from '@polytag/engine';
import { buildModel, resolvePart } from '@polytag/model';
import { fit, type FitResult } from '@polytag/training';
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

/** A folder with `data/` (8 scenes to train on, 6 to score on) and `run/`, a model trained on them. */
export class TrainedProject {
  private constructor(
    readonly folder: string,
    /** What the training said. */
    readonly result: FitResult,
  ) {}

  /** @param rename gives labels of the scenes other names */
  static async make(rename?: ReadonlyMap<string, string>): Promise<TrainedProject> {
    const folder = await mkdtemp(join(tmpdir(), 'polytag-evaluator-'));
    await writeScenes({ folder: join(folder, 'data'), seed: 1, train: 8, validation: 6, size: 40 });
    if (rename)
      for (const name of ['train', 'val']) await renameLabels(join(folder, 'data', `${name}.json`), rename);
    return new TrainedProject(folder, await train(folder));
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

async function train(folder: string): Promise<FitResult> {
  await useEngine('wasm');
  const dataset = await readAnnotations(join(folder, 'data/train.json'));
  const backbone = { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } };
  const head = { name: 'linear', options: { space: 'cosines', scale: 17 } };
  const model = await buildModel(
    { backbone, head },
    { labels: dataset.labels, height: 32, width: 32, seed: 1 },
  );
  const loader = { preprocessing: model.preprocessing, workers: 0 };
  const validation = await readAnnotations(join(folder, 'data/val.json'));
  const result = await fit({
    model,
    loss: (await resolvePart('loss', { name: 'aam-asl' })).part,
    train: openLoader(dataset, { ...loader, batchSize: 4, shuffle: { seed: 1 } }),
    validation: openLoader(validation, { ...loader, batchSize: 4 }),
    settings: { epochs: 3, learningRate: 0.02, sam: false, ema: { decay: 0.5 } },
    folder: join(folder, 'run'),
    seed: 1,
  });
  model.dispose();
  return result;
}
