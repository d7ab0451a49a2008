import { LabelVocabulary } from '@polytag/core';
import { VOC_CLASSES, type DatasetSummary } from '@polytag/datasets';
import { datasetReaders } from '@polytag/datasets/readers';
import { preparedTable, type PreparedSplit } from './prepared-table.js';

const published = (format: string) => datasetReaders.find(({ name }) => name === format)!.published!;

/** A part as the readers give it, of which the table shows counts only. */
function part(path: string, name: string, summary: Partial<DatasetSummary>): PreparedSplit {
  return {
    path,
    split: { name, source: `${name}.txt`, root: '.', file: { classes: [], images: [] }, leftOut: new Map() },
    summary: {
      images: 1,
      labels: [],
      labelsPerImage: [],
      meanLabels: 1,
      allNegative: 0,
      unknown: 0,
      emptyLabels: [],
      unknownLabels: new Map(),
      ...summary,
    },
  };
}

/** Labels with these numbers of images, which share so many occurrences. */
function labels(images: readonly number[], occurrences: number) {
  const { names } = new LabelVocabulary(VOC_CLASSES);
  return images.map((images, i) => ({
    name: names[i],
    images,
    known: 0,
    occurrences: i === 0 ? occurrences : 0,
  }));
}

// docs/method.md#voc, measured in the authors' label files.
const TRAIN = [240, 255, 333, 188, 262, 197, 761, 344, 572, 146, 263, 430, 294, 249, 2095, 273, 97, 372, 263, 279]; // prettier-ignore
const TEST = [205, 250, 289, 176, 240, 183, 775, 332, 545, 127, 247, 433, 279, 233, 2097, 254, 98, 355, 259, 255]; // prettier-ignore

it('says that VOC 2007 is what was published', () => {
  // 15662 objects in 5011 images, 14976 in 4952: those of the published data set.
  const text = preparedTable(published('voc'), [
    part('train.json', 'trainval', { images: 5011, meanLabels: 1.57, labels: labels(TRAIN, 15662) }),
    part('val.json', 'test', { images: 4952, meanLabels: 1.5, labels: labels(TEST, 14976) }),
  ]);
  expect(text).toBe(
    [
      '             images  labels  labels per image  with repeats',
      'train.json    5,011      20              1.57          3.13',
      '  published   5,011      20                            3.13',
      'val.json      4,952      20              1.50          3.02',
      '  published   4,952      20                            3.02',
      'labels: aeroplane, bicycle, bird, boat, bottle, bus, car, cat, chair, cow, diningtable, dog, horse and 7 more (see inspect data)',
      'The counts match those published for VOC 2007.',
      'next: npx polytag-train inspect data train.json val.json',
      '',
    ].join('\n'),
  );
});

it('says where counts differ, by class too', () => {
  const sofaless = TRAIN.map((images, i) => (VOC_CLASSES[i] === 'sofa' ? 0 : images));
  const text = preparedTable(published('voc'), [
    part('train.json', 'trainval', { images: 5010, labels: labels(sofaless, 12608) }),
    part('val.json', 'test', { images: 4952, labels: labels(TEST, 14976) }),
  ]);
  expect(text).toContain(
    [
      'The counts DIFFER from those published for VOC 2007:',
      '  trainval: 5,010 images, published 5,011',
      '  trainval: 2.52 labels per image with repeats, published 3.13',
      '  trainval: 0 images of sofa, published 372',
      'next:',
    ].join('\n'),
  );
});

it('shows the first differences only', () => {
  const none = {
    images: 1,
    labels: labels(
      TRAIN.map(() => 0),
      1,
    ),
  };
  const text = preparedTable(published('voc'), [
    part('train.json', 'trainval', none),
    part('val.json', 'test', none),
  ]);
  // Images, listed labels and 20 classes of each part.
  expect(text).toContain('\n  and 34 more\n');
  expect(text.split('\n').filter((line) => line.includes(', published'))).toHaveLength(10);
});

it('accepts either count where papers differ', () => {
  const classes = Array.from({ length: 500 }, (_, i) => ({
    name: String(i),
    images: 1,
    known: 1,
    occurrences: 1,
  }));
  const test = part('val.json', 'test', { images: 10_000, meanLabels: 13.612, labels: classes });
  for (const images of [82_904, 98_249]) {
    const train = part('train.json', 'train', { images, labels: classes });
    expect(preparedTable(published('vg500'), [train, test])).toContain('those published for VG500');
  }
  const other = part('train.json', 'train', { images: 90_000, labels: classes });
  expect(preparedTable(published('vg500'), [other, test])).toContain(
    '90,000 images, published 82,904 or 98,249',
  );
});

it('compares with no published set what is none', () => {
  expect(
    preparedTable(published('voc'), [
      part('a/train.json', 'train', { meanLabels: 0 }),
      part('a/val.json', 'val', { meanLabels: 0 }),
    ]),
  ).toBe(
    [
      '              images  labels  labels per image',
      'a/train.json       1       0              0.00',
      'a/val.json         1       0              0.00',
      'next: npx polytag-train inspect data a/train.json a/val.json',
      '',
    ].join('\n'),
  );
});
