import { join } from 'node:path';
import { DataError } from '@polytag/core';
import { flagOf } from '../csv/flag.js';
import { checkSplits, type LabelledSplit } from '../labelled-split.js';
import { fileExists } from '../missing-files.js';
import { linesOf, readText, type Line } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';
import { HINT, type NusWideOptions } from './nus-wide-options.js';

/**
 * Reads NUS-WIDE as its authors distribute it: `ImageList/{Train,Test}Imagelist.txt`, one image a line, and for each
 * concept of `Concepts81.txt` a file of as many lines with 0 or 1. Images without labels are left out.
 */
export async function readNusWideLists(
  folder: string,
  { images: root = folder, skipMissing, encoding, onNote, onProgress }: NusWideOptions,
): Promise<readonly LabelledSplit[]> {
  const text = { hint: HINT, encoding };
  const concepts = await readConcepts(folder, encoding);
  const splits: LabelledSplit[] = [];
  let done = 0;
  for (const split of ['Train', 'Test']) {
    const source = join(folder, 'ImageList', `${split}Imagelist.txt`);
    const images = linesOf(await readText(source, 'list of images', text));
    const labels = images.map((): string[] => []);
    for (const concept of concepts) {
      const path = join(folder, 'Groundtruth', 'TrainTestLabels', `Labels_${concept}_${split}.txt`);
      const column = linesOf(await readText(path, 'list of labels', text));
      refuseOtherLength(path, column.length, source, images.length);
      column.forEach((line, i) => {
        if (isPresent(line, path)) labels[i].push(concept);
      });
      onProgress?.(++done, 2 * concepts.length);
    }
    const builder = new SplitBuilder(split.toLowerCase(), source, root);
    images.forEach(({ text, number }, i) => builder.add(text, labels[i], `line ${number}`));
    splits.push(
      await builder.finish({
        ...{ classes: [...concepts].sort(), folders: ['Flickr', 'images', ''], skipMissing, onNote },
        unlabelled: 'leave-out',
      }),
    );
  }
  return checkSplits(splits);
}

async function readConcepts(folder: string, encoding: NusWideOptions['encoding']): Promise<string[]> {
  const beside = join(folder, 'Concepts81.txt');
  const path = (await fileExists(beside)) ? beside : join(folder, 'ConceptsList', 'Concepts81.txt');
  return linesOf(await readText(path, 'list of concepts', { hint: HINT, encoding })).map(
    ({ text, number }) => {
      if (/^[\w ()-]+$/.test(text)) return text;
      throw new DataError(
        'data/annotation-format',
        `${path}, line ${number}: "${text}" is no name of a concept.`,
        {
          hint: 'Expected one name a line, e.g. airport.',
        },
      );
    },
  );
}

function refuseOtherLength(path: string, lines: number, source: string, images: number): void {
  if (lines === images) return;
  throw new DataError(
    'data/annotation-format',
    `${path} has ${lines} lines, ${source} has ${images}: they do not belong together.`,
    { hint: 'Check that both files are complete.' },
  );
}

function isPresent({ text, number }: Line, path: string): boolean {
  const flag = flagOf(text);
  if (flag === 'present' || flag === 'absent') return flag === 'present';
  throw new DataError('data/annotation-format', `${path}, line ${number}: "${text}" is not 0 or 1.`, {
    hint: 'Expected a line with 0 or 1 for each image of the list.',
  });
}
