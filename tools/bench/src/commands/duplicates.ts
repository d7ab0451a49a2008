import { fraction, Progress, wholeNumber, type Streams } from '@polytag/cli';
import { examineImages, findDuplicates, readLabelFile } from '@polytag/datasets';
import { Command } from 'commander';
import { judgeDuplicates } from '../duplicates/judge-duplicates.js';
import { withFolderAside } from '../folder-aside.js';
import { plantCopies } from '../duplicates/plant-copies.js';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';

interface DuplicatesOptions {
  readonly data: string;
  readonly share: number;
  readonly seed: number;
  readonly similarity?: number;
  readonly out?: string;
  readonly json?: string;
}

export function duplicatesCommand(streams: Streams): Command {
  return new Command('duplicates')
    .description('recall and precision of near duplicates that are planted among the images of a label file')
    .requiredOption('--data <file>', 'label file')
    .option('--share <0..1>', 'copies planted, as a share of the images', fraction, 0.03)
    .option('--seed <n>', 'of what is planted', wholeNumber, 1)
    .option('--similarity <0..1>', 'from which on two images are near duplicates', fraction)
    .option('--out <folder>', 'keeps the planted copies there')
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ data, share, seed, similarity, out, json }: DuplicatesOptions) => {
      const where = await tellMachine(streams);
      await withFolderAside(async (aside) => {
        const { images } = await readLabelFile(data);
        const count = Math.round(share * images.length);
        const copies = await plantCopies(images, { count, seed, folder: out ?? aside });
        const all = [...images, ...copies.map(({ image }) => image)];
        const progress = new Progress(streams.err);
        const report = (label: string) => (done: number) =>
          progress.update({ label, done, total: all.length });
        const start = performance.now();
        const { found } = await examineImages(all, { report: report('opening images') });
        const opened = performance.now();
        const fingerprints = found.map((one) => one?.fingerprint);
        const duplicates = await findDuplicates(fingerprints, {
          similarity,
          report: report('comparing images'),
        });
        const compared = performance.now();
        const judged = judgeDuplicates(duplicates, copies, images.length);
        const per = (from: number, to: number) => (1000 * all.length) / (to - from);
        const rates = { opening: per(start, opened), comparing: per(opened, compared) };
        const recall = Object.entries(judged.recall).map(([kind, value]) => `${kind} ${value.toFixed(4)}`);
        streams.out.write(
          [
            `duplicates ${data}: ${images.length} images, ${copies.length} planted copies, seed ${seed}`,
            `  recall: ${recall.join(', ')}`,
            `  precision ${judged.precision.toFixed(4)}: ${duplicates.pairs.length} pairs, ${judged.others.length} of different images`,
            `  images/s: opening ${rates.opening.toFixed(0)}, comparing ${rates.comparing.toFixed(0)}`,
            ...judged.missed.map(
              ({ kind, of, image, detail }) =>
                `  missed: ${image.name} of ${images[of].name} (${kind}: ${detail})`,
            ),
            ...judged.others.map(
              ({ first, second, similarity }) =>
                `  taken for copies: ${all[first].name} and ${all[second].name} (${similarity.toFixed(3)})`,
            ),
            '',
          ].join('\n'),
        );
        await writeResults(json, {
          ...judged,
          rates,
          images: images.length,
          copies: copies.length,
          seed,
          machine: where,
        });
      });
    });
}
