import { join } from 'node:path';
import { useEngine } from '@polytag/engine';
import { exportOnnx } from '@polytag/export';
import { measureOnnx, measureOurs, measurePeer, outcome } from '../comparison/run-child.js';
import type { Measurement } from '../comparison/measured-line.js';
import { benchModel } from '../side/bench-model.js';
import type { Work } from '../side/work.js';
import { isInstalled } from './installed-runtimes.js';
import { RUNTIMES } from './time-onnx.js';

/** One of several that do the same work. */
export interface Side {
  readonly name: string;
  /** A turn, in a new process. */
  measure(): Promise<Measurement>;
}

/** A side that cannot be measured here. */
export interface MissingSide {
  readonly name: string;
  /** The command that installs it. */
  readonly install: string;
}

/**
 * The wasm engine, each onnxruntime and PyTorch, at inference. The network of the engine is written as ONNX once, with
 * normalised float32 images as its input, which the other two take as well.
 *
 * @param threads of onnxruntime and PyTorch; our engine computes on one
 */
export async function onnxSides(
  work: Work,
  threads: readonly number[],
  { python, script }: { readonly python: string; readonly script: string },
  folder: string,
): Promise<{ readonly sides: readonly Side[]; readonly missing: readonly MissingSide[] }> {
  await useEngine('wasm');
  const model = await benchModel(work);
  await exportOnnx(model, folder, { input: 'normalised', outputs: ['scores'] });
  model.dispose();
  const file = join(folder, 'model.onnx');
  const runtimes = RUNTIMES.map((name) => ({ name, isThere: isInstalled(name) }));
  const hasTorch = (await outcome(python, ['-c', 'import torch, torchvision'])).status === 0;
  const named = (name: string, count: number) => `${name} (${count} ${count === 1 ? 'thread' : 'threads'})`;
  return {
    sides: [
      { name: named('polytag', 1), measure: () => measureOurs(work) },
      ...threads.flatMap((count): Side[] => [
        ...runtimes
          .filter(({ isThere }) => isThere)
          .map(({ name }) => ({
            name: named(name, count),
            measure: () => measureOnnx(work, name, file, count),
          })),
        ...(hasTorch
          ? [
              {
                name: named('torch', count),
                measure: () =>
                  measurePeer(work, { python, script, threads: count, channelsLast: true, isFrozen: true }),
              },
            ]
          : []),
      ]),
    ],
    missing: [
      ...runtimes
        .filter(({ isThere }) => !isThere)
        .map(({ name }) => ({ name, install: `npm i --no-save --ignore-scripts ${name}` })),
      ...(hasTorch
        ? []
        : [
            {
              name: 'torch',
              install: 'apt-get install python3-torch python3-torchvision, and --python /usr/bin/python3',
            },
          ]),
    ],
  };
}
