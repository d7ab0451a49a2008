import { join } from 'node:path';
import { wholeNumber, type Streams } from '@polytag/cli';
import type { Loss } from '@polytag/core';
import { readLabelFile, type LabelledDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { buildModel, loadWeights, resolvePart } from '@polytag/model';
import { cacheFeatures, fit } from '@polytag/training';
import { Command, Option } from 'commander';
import { withFolderAside } from '../folder-aside.js';
import { tellMachine } from '../machine.js';
import { dropPositives } from '../missing-labels/drop-positives.js';
import { climb } from '../missing-labels/climb.js';
import { LOSSES, RATES, SCALE, settingsOf, type Settings, type TunedLoss } from '../missing-labels/grid.js';
import { writeResults } from '../results-file.js';

interface MissingLabelsOptions {
  readonly data: string;
  readonly weights: string;
  readonly cache: string;
  readonly size: number;
  readonly epochs: number;
  readonly share: number[];
  readonly losses: string[];
  readonly unknown?: boolean;
  readonly seeds: number;
  readonly json?: string;
}

const BACKBONE = {
  name: 'mobilenet-v3-small',
  options: { layout: 'torchvision', padding: 'same', epsilon: 1e-3, momentum: 0.1, normalisation: 'half' },
};

/** `missing-labels`: how well each loss bears positives that are given as absent. */
export function missingLabelsCommand(streams: Streams): Command {
  return new Command('missing-labels')
    .description(
      'validation mAP of heads whose training labels lack a share of the positives, for each loss, tuned alike',
    )
    .requiredOption('--data <folder>', 'with train.json and val.json')
    .requiredOption(
      '--weights <file>',
      'of a MobileNetV3-Small in the layout of torchvision, padded as TensorFlow does',
    )
    .requiredOption('--cache <folder>', 'keeps the features')
    .option('--size <pixels>', 'side of the images', wholeNumber, 224)
    .option('--epochs <n>', 'of each training', wholeNumber, 10)
    .option('--share <shares...>', 'of the positives that are dropped', shares, [0.6, 0.8])
    .addOption(
      new Option('--losses <names...>', 'only these').choices(LOSSES.map(({ name }) => name)).default(
        LOSSES.map(({ name }) => name),
        'all',
      ),
    )
    .option('--unknown', 'what is dropped counts as unknown instead of absent')
    .option('--seeds <n>', 'of the chosen settings of each loss; the first also chooses them', wholeNumber, 3)
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ json, ...options }: MissingLabelsOptions) => {
      const machine = await tellMachine(streams);
      await useEngine('wasm');
      const [train, validation] = await Promise.all(
        ['train.json', 'val.json'].map((file) => readLabelFile(join(options.data, file))),
      );
      const rows = [];
      for (const share of options.share) {
        for (const loss of LOSSES.filter(({ name }) => options.losses.includes(name))) {
          const row = await tuned(loss, share, { train, validation }, options);
          rows.push(row);
          streams.out.write(`${told(row, options.unknown)}\n`);
        }
      }
      await writeResults(json, { ...options, rows, machine });
    });
}

/** Adds a share to those before; the default goes once one is given. */
const shares = (text: string, before: readonly number[]): number[] => [
  ...(before.length === 2 && before[0] === 0.6 && before[1] === 0.8 ? [] : before),
  Number(text),
];

interface Row {
  readonly share: number;
  readonly loss: string;
  readonly chosen: Settings;
  /** Validation mAP of the chosen settings, one a seed. */
  readonly mAP: readonly number[];
  /** And of all that were tried, first seed. */
  readonly tried: readonly (Settings & { readonly mAP: number })[];
  /** Whether the grid ends at a chosen value, so that one beyond may be better. */
  readonly onEdge: boolean;
}

type Sets = Record<'train' | 'validation', LabelledDataset>;

async function tuned(
  loss: TunedLoss,
  share: number,
  sets: Sets,
  options: MissingLabelsOptions,
): Promise<Row> {
  const size = [RATES.length, loss.values.length] as const;
  const { best, score, tried } = await climb(size, [2, 2], ([row, column]) =>
    trained(loss, settingsOf(loss, row, column), share, 1, sets, options),
  );
  const chosen = settingsOf(loss, ...best);
  const mAP = [score];
  for (let seed = 2; seed <= options.seeds; seed++)
    mAP.push(await trained(loss, chosen, share, seed, sets, options));
  return {
    share,
    loss: loss.name,
    chosen,
    mAP,
    tried: tried.map(({ cell, score: mAP }) => ({ ...settingsOf(loss, ...cell), mAP })),
    onEdge: best.some((at, axis) => at === 0 || at === size[axis] - 1),
  };
}

/** Validation mAP of a linear classifier, the better of its last and its averaged weights. The seed draws what is dropped, too. */
async function trained(
  { name, space }: TunedLoss,
  { rate, options: lossOptions }: Settings,
  share: number,
  seed: number,
  { train, validation }: Sets,
  { size, weights, cache, epochs, unknown }: MissingLabelsOptions,
): Promise<number> {
  const head = {
    name: 'linear',
    options: { space, hidden: 'none', ...(space === 'cosines' && { scale: SCALE }) },
  };
  const { labels } = train;
  const model = await buildModel({ backbone: BACKBONE, head }, { labels, height: size, width: size, seed });
  await loadWeights(model, weights);
  const left = dropPositives(train.images.map((image) => image.labels), { share, seed }); // prettier-ignore
  const images = train.images.map((image, i) => {
    const dropped = unknown ? image.labels.filter((label) => !left[i].includes(label)) : [];
    return { ...image, labels: left[i], unknown: [...new Set([...(image.unknown ?? []), ...dropped])] };
  });
  const lacking = { ...train, images };
  const common = { folder: cache, batchSize: 64 };
  const sources = {
    train: await cacheFeatures(model, lacking, {
      ...common,
      shuffle: { seed },
      dropLast: true,
      flipProbability: 0.5,
    }),
    validation: await cacheFeatures(model, validation, common),
  };
  const loss = (await resolvePart('loss', { name, options: lossOptions }, {})).part as Loss;
  const settings = {
    epochs,
    learningRate: rate,
    evaluateEvery: epochs,
    sam: false,
    earlyStopping: false,
    ema: { decay: 0.99 },
  } as const;
  try {
    const { best } = await withFolderAside((folder) =>
      fit({ model, loss, ...sources, settings, seed, folder: join(folder, 'run') }),
    );
    return best!.mAP;
  } finally {
    await Promise.all(Object.values(sources).map((source) => source.close()));
    model.dispose();
  }
}

function told({ share, loss, chosen, mAP, onEdge }: Row, unknown = false): string {
  const mean = mAP.reduce((sum, one) => sum + one, 0) / mAP.length;
  const deviation = Math.sqrt(
    mAP.reduce((sum, one) => sum + (one - mean) ** 2, 0) / Math.max(1, mAP.length - 1),
  );
  const percent = [mean, deviation].map((one) => (100 * one).toFixed(1)).join(' ± ');
  const settings = `rate ${chosen.rate.toPrecision(2)}, ${JSON.stringify(chosen.options)}${onEdge ? ' (the grid ends there)' : ''}`;
  return `${(100 * share).toFixed(0)} % ${unknown ? 'unknown' : 'dropped'}  ${loss.padEnd(8)} ${percent}  ${settings}`;
}
