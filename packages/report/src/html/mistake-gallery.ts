import type { EvaluationDetails, Mistake } from '@polytag/metrics';
import type { EvaluationReport } from '../evaluation-report.js';
import { imagesOf } from './images-of.js';
import { markup, named, type Content, type Markup } from './markup.js';
import { pictureAddress, ratioOf, type Thumbnail } from './picture.js';

/** An image of the data set, as the page shows it. */
export interface ShownImage {
  /** Its file's name. */
  readonly name: string;
  /** Its labels in the data set. */
  readonly labels?: readonly string[];
  readonly thumbnail?: Thumbnail;
  /** By label: overlay for the whole thumbnail, which shows where the label was found. */
  readonly heatMaps?: ReadonlyMap<string, Thumbnail>;
}

/** The images whose scores are farthest from the truth, in both directions. */
export function mistakeGallery(
  report: EvaluationReport,
  { mistakes, mistakesByClass }: EvaluationDetails,
  imageAt: (image: number) => ShownImage,
): Markup {
  const images = imagesOf([mistakes, ...mistakesByClass]);
  const hasHeat = [...images].some((image) => (imageAt(image).heatMaps?.size ?? 0) > 0);
  const list = (entries: readonly Mistake[]) =>
    entries.length === 0
      ? markup`<p>None.</p>`
      : markup`<ul class="mistakes">
${entries.map((entry) => mistake(entry, report.classes[entry.index].label, imageAt(entry.image)))}</ul>`;
  return markup`<section aria-labelledby="mistakes"><h2 id="mistakes">Worst mistakes</h2>
<p class="note">Each image appears at most once per list, with the label whose score is farthest from the truth. Some may be errors in the label file.</p>
${
  hasHeat
    ? markup`<p class="note"><label><input type="checkbox" id="heat-shown" checked/> Where the network found the label</label>: colour marks areas that support it more than the average of the photograph; lighter is stronger.</p>
`
    : ''
}<p class="note" id="mistakes-shown"></p>
<h3>High score, label absent</h3>
<div id="mistakes-absent">${list(mistakes.absent)}</div>
<h3>Low score, label present</h3>
<div id="mistakes-present">${list(mistakes.present)}</div></section>`;
}

function mistake(
  { image, score }: Mistake,
  label: string,
  { name, labels, thumbnail, heatMaps }: ShownImage,
): Markup {
  const picture = thumbnail
    ? markup`<img alt="${labels?.length ? `Photograph with ${labels.join(', ')}` : 'Photograph'}" data-image="${image}" src="${pictureAddress(thumbnail)}"/>`
    : '';
  const truth: Content = labels
    ? markup`<span class="note">labels: ${labels.length === 0 ? 'none' : labels.map((one, i) => [i > 0 ? ', ' : '', named(one)])}</span>`
    : '';
  const heat = heatMaps?.get(label);
  const ratio = thumbnail && ratioOf(thumbnail);
  const seen =
    heat && ratio
      ? markup`<span class="frame"><span class="heated" style="--ratio:${ratio}">${picture}<img class="heat" alt="" src="${pictureAddress(heat)}"/></span></span>`
      : picture;
  return markup`<li>${seen}<span class="name">${named(label)} <strong>${score.toFixed(3)}</strong></span><span class="note">${named(name)}</span>${truth}</li>
`;
}
