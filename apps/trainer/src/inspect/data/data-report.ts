import { basename, isAbsolute } from 'node:path';
import { printable } from '@polytag/core';
import {
  labelFindings,
  pictureStatistics,
  summarise,
  type DuplicateGroup,
  type LabelledImage,
} from '@polytag/datasets';
import { nameToShare } from '@polytag/files';
import type { DataFileReport, DataReport } from '@polytag/report';
import type { DataFindings } from './find-in-data.js';

/** What was found as data that JSON can hold. Others see it: no path says where on a disk a file lies. */
export function dataReport({ files, groups, alike }: DataFindings): DataReport {
  const copies = groups.flatMap(({ images }) => images.map(({ copy }) => copy));
  return {
    files: files.map(fileReport),
    duplicates: {
      exactCopies: copies.filter((copy) => copy === 'exact').length,
      nearCopies: copies.filter((copy) => copy === 'near').length,
      groups: groups.map((group) => groupReport(group, files)),
    },
    ...(alike && {
      alike: { cosine: alike.cosine, groups: alike.groups.map((group) => groupReport(group, files)) },
    }),
  };
}

function fileReport({ dataset, bad, facts }: DataFindings['files'][number]): DataFileReport {
  const { images, meanLabels, labels } = summarise(dataset);
  return {
    name: nameToShare(dataset.source),
    images,
    meanLabels,
    labels: labels.map(({ name, images, known }) => ({ label: name, images, known })),
    unreadable: bad.map(({ index, error }) => {
      const { path } = dataset.images[index];
      const image = shownName(dataset.images[index]);
      // In one pass: what the label file calls the image may end like the path.
      const spelling = [printable(path, 400), path].find((one) => error.message.includes(one)) ?? path;
      const reason = error.message.replaceAll(spelling, image);
      return { image, code: error.code, reason };
    }),
    ...labelFindings(dataset),
    pictures: pictureStatistics(facts) ?? null,
  };
}

function groupReport(
  { kind, similarity, isBetweenFiles, labelsThatDiffer, images }: DuplicateGroup,
  files: DataFindings['files'],
): DataReport['duplicates']['groups'][number] {
  return {
    kind,
    similarity,
    isBetweenFiles,
    labelsThatDiffer,
    images: images.map(({ dataset: d, image, copy }) => {
      const { source, labels } = files[d].dataset;
      const listed = [...new Set(image.labels)].map((label) => labels.names[label]);
      return { file: nameToShare(source), image: shownName(image), labels: listed, copy };
    }),
  };
}

/** What the label file calls the image, but for an absolute path. */
export const shownName = ({ name }: LabelledImage): string => (isAbsolute(name) ? basename(name) : name);
