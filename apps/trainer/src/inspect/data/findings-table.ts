import { counted, printable, sizeText } from '@polytag/core';
import { FEW_IMAGES } from '@polytag/datasets';
import type {
  DataFileReport,
  DataReport,
  DuplicateGroupReport,
  PicturesReport,
  SpreadReport,
} from '@polytag/report';

/** Labels that one line names. */
const SHOWN_LABELS = 10;
/** Groups of duplicates that are shown. */
const SHOWN_GROUPS = 10;

/** What was found in label files and their images, but for the counts of labels: lines for a terminal. */
export function findingsTable({ files, duplicates, alike }: DataReport): string {
  const several = files.length > 1;
  const lines = [
    ...files.flatMap(fileLines),
    ...duplicateLines(duplicates, several),
    ...(alike ? alikeLines(alike, several) : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function fileLines({ name, rare, alwaysTogether, pictures }: DataFileReport): string[] {
  const few = rare.map(({ label, images }) => `${printable(label)} (${images})`);
  const together = alwaysTogether.map(
    ({ labels, images }) =>
      `${labels.map((label) => `"${printable(label)}"`).join(' and ')} (${counted(images, 'image')})`,
  );
  return [
    `found in ${printable(name, Infinity)}`,
    ...(few.length > 0 ? [`  labels with fewer than ${FEW_IMAGES} images: ${someOf(few)}`] : []),
    ...(together.length > 0 ? [`  labels that always occur together: ${someOf(together)}`] : []),
    ...(pictures ? pictureLines(pictures) : []),
  ];
}

function pictureLines({
  images,
  fileBytes,
  width,
  height,
  aspectRatio,
  formats,
  colours,
}: PicturesReport): string[] {
  const listed = (counts: readonly (readonly [string, number])[]) =>
    counts.map(([name, count]) => `${name} ${count}`).join(', ');
  const spread = ({ least, median, most }: SpreadReport, digits = 0) =>
    `${least.toFixed(digits)} to ${most.toFixed(digits)}, median ${median.toFixed(digits)}`;
  return [
    `  usable pictures: ${images} (${sizeText(fileBytes)}); ${listed(formats)}; ${listed(colours)}`,
    `  width ${spread(width)}; height ${spread(height)}; width : height ${spread(aspectRatio, 2)}`,
  ];
}

function duplicateLines(
  { groups, exactCopies, nearCopies }: DataReport['duplicates'],
  several: boolean,
): string[] {
  if (groups.length === 0) return ['duplicates: none'];
  return [
    `duplicates: ${counted(groups.length, 'group')} with ${counted(exactCopies, 'exact copy', 'exact copies')} and ${counted(nearCopies, 'near copy', 'near copies')}` +
      remarksOn(groups, several),
    ...shownGroups(groups, several),
  ];
}

function alikeLines({ groups, cosine }: NonNullable<DataReport['alike']>, several: boolean): string[] {
  const title = `similar features (cosine ${cosine} or more): `;
  if (groups.length === 0) return [`${title}none`];
  return [
    `${title}${counted(groups.length, 'group')}${remarksOn(groups, several)}`,
    ...shownGroups(groups, several),
  ];
}

function remarksOn(groups: readonly DuplicateGroupReport[], several: boolean): string {
  const between = groups.filter(({ isBetweenFiles }) => isBetweenFiles).length;
  const differing = groups.filter(({ labelsThatDiffer }) => labelsThatDiffer.length > 0).length;
  const remarks = [
    ...(several ? [`${between} across label files`] : []),
    ...(differing > 0 ? [`${differing} with different labels`] : []),
  ];
  return remarks.length > 0 ? `; ${remarks.join(', ')}` : '';
}

function shownGroups(groups: readonly DuplicateGroupReport[], several: boolean): string[] {
  const more = groups.length - SHOWN_GROUPS;
  return [
    ...groups.slice(0, SHOWN_GROUPS).flatMap((group) => groupLines(group, several)),
    ...(more > 0 ? [`  and ${more} more groups: use --json FILE or --report FOLDER for all`] : []),
  ];
}

function groupLines(
  { images, similarity, labelsThatDiffer }: DuplicateGroupReport,
  several: boolean,
): string[] {
  const [first, ...others] = images.map(
    ({ file, image }) => printable(image) + (several ? ` (${printable(file)})` : ''),
  );
  const shown = others.slice(0, SHOWN_LABELS);
  const signs = { first: ' ', exact: '=', near: '~' };
  const differing = labelsThatDiffer.map((label) => printable(label));
  return [
    `  ${first}`,
    ...shown.map((name, i) => `    ${signs[images[i + 1].copy]} ${name}`),
    ...(others.length > shown.length ? [`    and ${others.length - shown.length} more`] : []),
    ...(differing.length > 0 ? [`    labels differ: ${someOf(differing)}`] : []),
    ...(similarity < 1 ? [`    similarity ${similarity.toFixed(3)}`] : []),
  ];
}

function someOf(names: readonly string[]): string {
  const more = names.length - SHOWN_LABELS;
  return `${names.slice(0, SHOWN_LABELS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
