import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSafetensors } from '@polytag/checkpoints';

/** One case of manifest.json; tools/golden/README.md#kinds says what a kind's case holds. */
export interface GoldenCase {
  readonly id: string;
  readonly kind: string;
  readonly file?: string;
  readonly tensors?: Readonly<Record<string, string>>;
  // The fields of a case differ by kind; each runner reads its own.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [field: string]: any;
}

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;
}

const here = dirname(fileURLToPath(import.meta.url));

/** The folder of golden cases: the one that POLYTAG_FIXTURES names, else the small set of the repository. */
export function fixturesFolder(): string {
  return process.env['POLYTAG_FIXTURES'] || join(here, '../fixtures');
}

export class Fixtures {
  readonly folder: string;
  readonly cases: readonly GoldenCase[];
  readonly #files = new Map<string, ReturnType<typeof parseSafetensors>>();

  constructor(folder = fixturesFolder()) {
    this.folder = folder;
    const manifest = resolve(folder, 'manifest.json');
    if (!existsSync(manifest)) {
      throw new Error(`${manifest} does not exist: POLYTAG_FIXTURES must name a folder of golden cases`);
    }
    this.cases = JSON.parse(readFileSync(manifest, 'utf8')).cases;
  }

  /** A stored tensor by its full name in a safetensors file. */
  named(file: string, name: string): GoldenTensor {
    let parsed = this.#files.get(file);
    if (!parsed) this.#files.set(file, (parsed = parseSafetensors(readFileSync(join(this.folder, file)))));
    const found = parsed.tensors.get(name);
    if (!found) throw new Error(`${file} has no tensor "${name}"`);
    return found as GoldenTensor;
  }

  /** The tensor that plays a role in a case. */
  tensor(golden: GoldenCase, role: string): GoldenTensor {
    const name = golden.tensors?.[role];
    if (!name || !golden.file) throw new Error(`case ${golden.id} has no tensor for "${role}"`);
    return this.named(golden.file, name);
  }

  /** State-dict keys of a model: [key, shape, dtype]. */
  keys(path: string): [string, number[], string][] {
    return JSON.parse(readFileSync(join(this.folder, path), 'utf8'));
  }
}
