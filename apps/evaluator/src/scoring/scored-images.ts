import { Progress, type Streams } from '@polytag/cli';
import { counted, DataError, printable, namedAbove } from '@polytag/core';
import { assertSomethingKnown, readLabelFile, targetsOf, type LabelledDataset } from '@polytag/datasets';
import { readScores, type ImageScores } from '@polytag/evaluation';
import { nameToShare } from '@polytag/files';
import type { HeatMap } from '@polytag/model';
import { scoreTable, type ScoreTable } from '@polytag/metrics';
import { flipWarnings } from './flip-warning.js';
import { withScoringOutputs, type ScoringOptions } from './outputs-on-data.js';

/** Scores beside what is true, wherever they come from. A row of the table is an image of the data set. */
export interface ScoredImages {
  /** Name of the model, or of the file. */
  readonly name: string;
  readonly table: ScoreTable;
  /** Of the model, where it has them. */
  readonly thresholds?: readonly number[];
  readonly dataset: LabelledDataset;
  /** Where in an image labels were seen; where a model that can tell was run. */
  readonly explain?: (path: string, labels: readonly string[]) => Promise<HeatMap[]>;
}

type Use = (scored: ScoredImages) => Promise<void>;

/**
 * Scores of a model folder on a label file.
 *
 * @param options.flip the score is the mean of the probabilities of an image and of its mirror image
 * @throws those of `withScoringOutputs`
 */
export function withModelScores(options: ScoringOptions, streams: Streams, use: Use): Promise<void> {
  const progress = new Progress(streams.err);
  return withScoringOutputs(
    options,
    streams,
    async (model, { outputs, mirrored, targets, images }, dataset) => {
      const table = scoreTable(model.scores(outputs, mirrored), targets, {
        images,
        classes: model.labels.size,
      });
      const { thresholds } = model;
      const { maxPixels } = options;
      const explain =
        model.explain &&
        ((path: string, labels: readonly string[]) => model.explain!(path, { labels, maxPixels }));
      await use({ name: nameToShare(options.model), table, thresholds, dataset, explain });
      for (const line of flipWarnings(model, options.flip)) progress.line(line);
    },
  );
}

export interface ScoreFileOptions {
  readonly scores: string;
  readonly logits?: boolean;
  readonly data: string;
  readonly ignoreUnknownLabels?: boolean;
}

/**
 * Scores of any program on a label file; images are not opened. Those without scores are named and left out; when `use` is
 * done they are an error.
 *
 * @throws DataError `data/images-without-scores` after all; and those of `readLabelFile` and `readScores`
 */
export async function withFileScores(
  { scores: path, logits, data, ignoreUnknownLabels }: ScoreFileOptions,
  { err }: Streams,
  use: Use,
): Promise<void> {
  const dataset = await readLabelFile(data, {
    unknownLabels: ignoreUnknownLabels ? 'ignore' : 'error',
    missingImages: 'unchecked',
  });
  assertSomethingKnown(dataset);
  const progress = new Progress(err);
  const start = performance.now();
  const found = await readScores(path, {
    labels: dataset.labels,
    images: dataset.images.map(({ name }) => name),
    logits,
    report: (bytes, total) => {
      const rate = bytes / (performance.now() - start);
      const label = 'reading scores, MB';
      const left = (total - bytes) / rate / 1000;
      // What is read at once is not worth a line.
      if (total > 64e6)
        progress.update({
          label,
          done: Math.round(bytes / 1e6),
          total: Math.round(total / 1e6),
          rate: `${(rate / 1000).toFixed(0)} MB/s`,
          secondsLeft: left,
        });
    },
  });
  tellOthers(found, progress);
  const scored = withoutMissing(nameToShare(path), found, dataset);
  for (const image of found.withoutScores.slice(0, SHOWN))
    progress.line(`no scores: ${printable(dataset.images[image].name, Infinity)}`);
  await use(scored);
  const without = found.withoutScores.length;
  if (without === 0) return;
  throw new DataError(
    'data/images-without-scores',
    `${without} of ${counted(dataset.images.length, 'image')} ${without === 1 ? 'has' : 'have'} no scores in ${path}` +
      `${without > SHOWN ? `, the first ${SHOWN} are listed above` : `; ${namedAbove(without)}`}. The results cover the others.`,
    { hint: 'Write scores for all images, or remove these images from the label file.' },
  );
}

/** Images without scores that are told by name. */
const SHOWN = 10;

function tellOthers({ otherImages, otherLabels }: ImageScores, progress: Progress): void {
  const listed = (names: readonly string[], all: number) =>
    `${names.map((name) => printable(name)).join(', ')}${all > names.length ? ', …' : ''}`;
  if (otherImages.count > 0)
    progress.line(
      `ignored: scores of ${counted(otherImages.count, 'image')} not in the label file: ${listed(otherImages.some, otherImages.count)}`,
    );
  if (otherLabels.length > 0)
    progress.line(
      `ignored: ${counted(otherLabels.length, 'column that is not a label', 'columns that are not labels')} of the label file: ${listed(otherLabels.slice(0, 5), otherLabels.length)}`,
    );
}

function withoutMissing(
  name: string,
  { scores, withoutScores }: ImageScores,
  dataset: LabelledDataset,
): ScoredImages {
  const left =
    withoutScores.length === 0
      ? dataset
      : { ...dataset, images: dataset.images.filter(isNotIn(new Set(withoutScores))) };
  const classes = dataset.labels.size;
  const values = withoutScores.length === 0 ? scores : scores.filter((score) => !Number.isNaN(score));
  const table = scoreTable(values, targetsOf(left), { images: left.images.length, classes });
  return { name, table, dataset: left };
}

const isNotIn = (places: ReadonlySet<number>) => (_: unknown, place: number) => !places.has(place);
