import type { DuplicateGroupReport } from '../data-report.js';
import { count } from '../figures.js';
import { markup, named, type Markup } from './markup.js';
import { pictureAddress, type Thumbnail } from './picture.js';

/** Groups that a page shows. */
export const SHOWN_GROUPS = 200;
/** Images of a group that a page shows. */
export const SHOWN_IMAGES = 6;

/** Gives the picture of an image of a group of duplicates, both counted from 0. */
export type PictureAt = (group: number, image: number) => Thumbnail | undefined;

/** What a gallery of groups is called and says. */
export interface GalleryText {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  /** Of a group that is not of exact copies. */
  readonly near: string;
}

/** Groups of images that show the same, or are alike, with their pictures and labels. */
export function groupGallery(
  groups: readonly DuplicateGroupReport[],
  severalFiles: boolean,
  { id, title, note, near }: GalleryText,
  pictureAt: PictureAt,
): Markup {
  const more = groups.length - SHOWN_GROUPS;
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
<p class="note">${note}</p>
${groups.length === 0 ? markup`<p>None.</p>` : ''}
${groups.slice(0, SHOWN_GROUPS).map((group, g) => groupSection(group, g, near, severalFiles, pictureAt))}
${more > 0 ? markup`<p>${count(more)} more groups are not shown; the JSON file has all.</p>` : ''}</section>`;
}

function groupSection(
  { kind, similarity, isBetweenFiles, labelsThatDiffer, images }: DuplicateGroupReport,
  group: number,
  near: string,
  severalFiles: boolean,
  pictureAt: PictureAt,
): Markup {
  const title = kind === 'exact' ? 'Exact copies' : `${near} ${similarity.toFixed(3)}`;
  const hidden = images.length - SHOWN_IMAGES;
  const differing = labelsThatDiffer.map((label, i) => [i > 0 ? ', ' : '', named(label)]);
  const copies = images.slice(0, SHOWN_IMAGES).map(({ file, image, labels }, i) => {
    const thumbnail = pictureAt(group, i);
    const picture = thumbnail
      ? markup`<img loading="lazy" alt="${labels.length > 0 ? `Photograph with ${labels.join(', ')}` : 'Photograph'}" src="${pictureAddress(thumbnail)}"/>`
      : markup`<span class="none"></span>`;
    const listed = labels.length === 0 ? 'none' : labels.map((one, k) => [k > 0 ? ', ' : '', named(one)]);
    return markup`<li>${picture}<span class="name">${named(image)}</span>${severalFiles ? markup`<span class="note">${named(file)}</span>` : ''}<span class="note">labels: ${listed}</span></li>
`;
  });
  return markup`<div class="group"><h3>${group + 1}. ${title}${isBetweenFiles ? ', between files' : ''}</h3>
${labelsThatDiffer.length > 0 ? markup`<p>Labels differ: ${differing}</p>` : ''}
<ul class="copies">
${copies}</ul>${hidden > 0 ? markup`<p class="note">and ${count(hidden)} more</p>` : ''}</div>
`;
}
