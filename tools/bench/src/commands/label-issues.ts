import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { wholeNumber, type Streams } from '@polytag/cli';
import { columnOf, parseCsv, readLabelFile, writeLabelFile } from '@polytag/datasets';
import { Command } from 'commander';
import { foundShare } from '../label-issues/found-share.js';
import { plantLabels } from '../label-issues/plant-labels.js';
import { writeResults } from '../results-file.js';

/** `plant-labels`: a label file with wrong labels, and which they are. */
export function plantLabelsCommand(streams: Streams): Command {
  return new Command('plant-labels')
    .description('make labels of a label file wrong, to see whether polytag-train label-issues finds them')
    .requiredOption('--data <file>', 'label file')
    .requiredOption('--out <folder>', 'gets planted.json, and planted.csv with the wrong labels')
    .option('--share <share>', 'of the given labels that is removed; as many are added', Number, 0.05)
    .option('--seed <n>', 'of the draw', wholeNumber, 1)
    .action(
      async ({ data, out, share, seed }: { data: string; out: string; share: number; seed: number }) => {
        const { images, labels } = await readLabelFile(data);
        const { planted, labels: after } = plantLabels(
          images.map((image) => image.labels),
          { share, seed },
        );
        await mkdir(out, { recursive: true });
        await writeLabelFile(
          join(out, 'planted.json'),
          {
            classes: labels.names,
            images: images.map(
              ({ name }, i) => [name, after[i].map((label) => labels.names[label])] as const,
            ),
          },
          { root: dirname(data) },
        );
        const written = await readLabelFile(join(out, 'planted.json'));
        const rows = planted.map(({ image, label, kind }) =>
          [written.images[image].name, labels.names[label], kind]
            .map((cell) => `"${cell.replaceAll('"', '""')}"`)
            .join(','),
        );
        await writeFile(join(out, 'planted.csv'), ['image,label,kind', ...rows, ''].join('\n'));
        streams.out.write(`${planted.length} wrong labels, half of them extra, half missing: ${out}\n`);
      },
    );
}

/** `found-labels`: how much of that `issues.csv` has. */
export function foundLabelsCommand(streams: Streams): Command {
  return new Command('found-labels')
    .description(
      'how many of planted wrong labels are found: precision and recall at their count, and of a filter',
    )
    .requiredOption('--planted <file>', 'planted.csv of plant-labels')
    .requiredOption('--issues <file>', 'issues.csv of polytag-train label-issues')
    .option('--filter <name>', 'the filter', 'prune-by-noise-rate')
    .option('--json <file>', 'also write the results as JSON')
    .action(async (options: { planted: string; issues: string; filter: string; json?: string }) => {
      const planted = await readKeys(options.planted);
      const issues = await readKeys(options.issues, options.filter);
      const results = [undefined, 'extra', 'missing'].flatMap((kind) => {
        const ofKind = <T extends { kind: string }>(list: readonly T[]) =>
          list.filter((one) => kind === undefined || one.kind === kind);
        const wanted = new Set(ofKind(planted).map(({ key }) => key));
        const keys = (list: readonly { key: string }[]) => list.map(({ key }) => key);
        const ranked = keys(ofKind(issues));
        const flagged = keys(ofKind(issues).filter(({ flag }) => flag));
        return [
          {
            kind: kind ?? 'all',
            by: 'worst, as many as planted',
            ...foundShare(ranked.slice(0, wanted.size), wanted),
          },
          { kind: kind ?? 'all', by: options.filter, ...foundShare(flagged, wanted) },
        ];
      });
      for (const { kind, by, planted, suspected, found, precision, recall } of results) {
        const figures = [precision, recall].map((share) => share.toFixed(3));
        streams.out.write(
          `${kind.padEnd(8)}${by.padEnd(27)}planted ${planted}, suspected ${suspected}, found ${found}: precision ${figures[0]}, recall ${figures[1]}\n`,
        );
      }
      await writeResults(options.json, { results });
    });
}

interface Row {
  /** Image, label and kind. */
  readonly key: string;
  readonly kind: string;
  readonly flag: boolean;
}

async function readKeys(path: string, filter?: string): Promise<Row[]> {
  const { header, rows } = parseCsv(await readFile(path, 'utf8'), path);
  const [image, label, kind] = ['image', 'label', 'kind'].map((name) => columnOf(header, name, path));
  const flag = filter === undefined ? undefined : columnOf(header, filter, path);
  return rows.map(({ cells }) => ({
    key: JSON.stringify([cells[image], cells[label], cells[kind]]),
    kind: cells[kind],
    flag: flag !== undefined && cells[flag] === '1',
  }));
}
