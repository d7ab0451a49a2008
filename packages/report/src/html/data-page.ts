import type { DataFileReport, DataReport } from '../data-report.js';
import { count, images } from '../figures.js';
import { groupGallery, type GalleryText, type PictureAt } from './group-gallery.js';
import { markup, named, type Content, type Markup } from './markup.js';
import { htmlPage } from './page.js';
import { SORT_SCRIPT } from './sort-script.js';

const STYLE = `
.files{display:grid;gap:2rem}
.group{border-top:1px solid var(--line);padding:.8rem 0}
.group h3{margin:0 0 .4rem}
.copies{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1rem}
.copies img,.copies .none{display:block;width:100%;height:9rem;object-fit:contain;background:var(--surface);border-radius:.3rem;margin-bottom:.3rem}
.copies span{display:block;line-height:1.35}
.plain li{margin:.2rem 0}
`;

/**
 * Formats the findings about label files and their images as one self-contained HTML page: figures, duplicates with
 * their pictures, unusable images, suspicious labels, and a sortable table of the labels of each file.
 *
 * @param pictureAt picture of an image in a group of duplicates, both counted from 0, or none
 * @param alikeAt the same for the groups of `report.alike`
 */
export function dataPage(
  report: DataReport,
  pictureAt: PictureAt,
  alikeAt: PictureAt = () => undefined,
): string {
  const { files, duplicates, alike } = report;
  const unreadable = files.reduce((sum, file) => sum + file.unreadable.length, 0);
  const differing = duplicates.groups.filter(({ labelsThatDiffer }) => labelsThatDiffer.length > 0).length;
  const between = duplicates.groups.filter(({ isBetweenFiles }) => isBetweenFiles).length;
  const total = files.reduce((sum, file) => sum + file.images, 0);
  const sections = [
    ['duplicates', 'Duplicates'],
    ...(alike ? [['alike', 'Similar images']] : []),
    ['unreadable', 'Images that cannot be used'],
    ['label-findings', 'Labels to check'],
    ['pictures', 'Pictures'],
    ...files.map(({ name }, i) => [`labels-${i}`, `Labels of ${name}`]),
  ];
  const main = markup`<header><h1>Data</h1>
<dl class="subject">${files.map(({ name, images: size, labels }) => markup`<div><dt>Label file</dt><dd>${named(name)}: ${images(size)}, ${count(labels.length)} labels</dd></div>`)}</dl></header>
<section aria-labelledby="figures"><h2 id="figures">Figures</h2>
<dl class="figures">
${figure('Images', total, 'In all label files.')}
${figure('Cannot be used', unreadable, 'Missing, truncated, damaged, too large, or in an unsupported format.')}
${figure('Exact copies', duplicates.exactCopies, 'Files with the same bytes as an earlier file.')}
${figure('Near copies', duplicates.nearCopies, 'The same picture in another size or compression, or slightly cropped.')}
${figure('Groups with different labels', differing, 'Images that show the same but have different labels: one of them is wrong.')}
${files.length > 1 ? figure('Groups between files', between, 'The same picture in two label files. If one is for training and one for evaluation, scores are too high.') : ''}
</dl></section>
<nav aria-label="Contents">${sections.map(([id, name]) => markup`<a href="#${id}">${name}</a> `)}</nav>
${groupGallery(duplicates.groups, files.length > 1, DUPLICATES, pictureAt)}
${alike ? groupGallery(alike.groups, files.length > 1, alikeText(alike.cosine), alikeAt) : ''}
${unreadableSection(files)}
${labelSection(files)}
${pictureSection(files)}
${files.map(labelTable)}`;
  return htmlPage({
    title: `Data: ${files.map(({ name }) => name).join(', ')}`,
    main,
    style: STYLE,
    scripts: [SORT_SCRIPT],
  });
}

const DUPLICATES: GalleryText = {
  id: 'duplicates',
  title: 'Duplicates',
  note: 'Images that show the same: those between label files first, then those with different labels. A similarity near 1 is a copy; photographs taken in series are below 0.93.',
  near: 'Near copies, similarity',
};

const alikeText = (cosine: number): GalleryText => ({
  id: 'alike',
  title: 'Similar images',
  note: `Images that are not copies but have similar features (cosine ${cosine} or more): series of one scene, or pictures of one kind. If they are in both training and validation images, scores are too high.`,
  near: 'Similar, lowest cosine',
});

function figure(name: string, value: number, explanation: string): Markup {
  return markup`<div><dt>${name}</dt><dd class="value">${count(value)}</dd><dd>${explanation}</dd></div>`;
}

function unreadableSection(files: readonly DataFileReport[]): Markup {
  const lists = files.map(({ name, unreadable }) =>
    unreadable.length === 0
      ? ''
      : markup`<h3>${named(name)}</h3>
<ul class="plain">${unreadable.map(({ image, reason }) => markup`<li>${reason.includes(image) ? '' : markup`${named(image)}: `}${named(reason)}</li>`)}</ul>`,
  );
  return markup`<section aria-labelledby="unreadable"><h2 id="unreadable">Images that cannot be used</h2>
${lists.some((list) => list !== '') ? lists : markup`<p>None.</p>`}</section>`;
}

function labelSection(files: readonly DataFileReport[]): Markup {
  const remarks = files.map(({ name, labels, rare, alwaysTogether, lookAlikes }) => {
    const empty = labels.filter((label) => label.images === 0).map(({ label }) => named(label));
    const few = rare.map((one) => markup`${named(one.label)} (${one.images})`);
    const together = alwaysTogether.map(
      (one) => markup`${listed(one.labels.map(named), ' and ')} (${images(one.images)})`,
    );
    const alike = lookAlikes.map((group) => listed(group.map(named), ' and '));
    const lines = [
      ['Without images', empty],
      ['With few images', few],
      ['Always together', together],
      ['Names that look alike', alike],
    ] as const;
    const shown = lines.filter(([, found]) => found.length > 0);
    return markup`<h3>${named(name)}</h3>
${shown.length === 0 ? markup`<p>Nothing.</p>` : markup`<ul class="plain">${shown.map(([what, found]) => markup`<li>${what}: ${listed(found)}</li>`)}</ul>`}`;
  });
  return markup`<section aria-labelledby="label-findings"><h2 id="label-findings">Labels to check</h2>
<p class="note">A label with few images is hard to learn, and its score is unreliable. Labels that always occur together cannot be distinguished.</p>
${remarks}</section>`;
}

const listed = (items: readonly Content[], between = ', '): Content =>
  items.map((item, i) => [i > 0 ? between : '', item]);

function pictureSection(files: readonly DataFileReport[]): Markup {
  const rows = files.flatMap(({ name, pictures }) => {
    if (!pictures) return [];
    const { width, height, aspectRatio, formats, colours } = pictures;
    const counts = (found: readonly (readonly [string, number])[]) =>
      listed(found.map(([what, of]) => `${what} ${count(of)}`));
    const spread = (of: typeof width, digits = 0) =>
      `${of.least.toFixed(digits)} to ${of.most.toFixed(digits)}, median ${of.median.toFixed(digits)}`;
    return [
      markup`<tr><th scope="row">${named(name)}</th><td class="text">${counts(formats)}</td><td class="text">${counts(colours)}</td><td class="text">${spread(width)}</td><td class="text">${spread(height)}</td><td class="text">${spread(aspectRatio, 2)}</td></tr>
`,
    ];
  });
  return markup`<section aria-labelledby="pictures"><h2 id="pictures">Pictures</h2>
<p class="note">Usable images only. Sizes are in pixels, after rotation to upright.</p>
<div class="scroll" role="region" aria-label="Table of pictures" tabindex="0"><table aria-labelledby="pictures">
<thead><tr>${['file', 'formats', 'colours', 'width', 'height', 'width : height'].map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div></section>`;
}

function labelTable({ name, labels, images: size }: DataFileReport, i: number): Markup {
  const id = `labels-${i}`;
  const isPartlyUnknown = labels.some(({ known }) => known < size);
  const rows = [...labels]
    .sort((a, b) => b.images - a.images)
    .map(
      (one) =>
        markup`<tr><th scope="row">${named(one.label)}</th><td>${one.images}</td>${isPartlyUnknown ? markup`<td>${one.known}</td>` : ''}</tr>
`,
    );
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">Labels of ${named(name)}</h2>
<div class="scroll" role="region" aria-label="Table of the labels of ${name}" tabindex="0"><table class="sortable" aria-labelledby="${id}">
<thead><tr><th scope="col">label</th><th scope="col" class="number">images</th>${isPartlyUnknown ? markup`<th scope="col" class="number">known of</th>` : ''}</tr></thead>
<tbody>
${rows}</tbody></table></div></section>`;
}
