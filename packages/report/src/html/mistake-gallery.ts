import type { EvaluationDetails, Mistake } from '@polytag/metrics';
import type { EvaluationReport } from '../evaluation-report.js';
import { markup, named, type Content, type Markup } from './markup.js';
import { pictureAddress, type Thumbnail } from './picture.js';

/** An image of the data set, where the page shows it. */
export interface ShownImage {
  /** Its file's name. */
  readonly name: string;
  /** What is on it, as the data set says. */
  readonly labels?: readonly string[];
  readonly thumbnail?: Thumbnail;
}

/** The images whose scores are farthest from the truth, in both directions. */
export function mistakeGallery(
  report: EvaluationReport,
  { mistakes }: EvaluationDetails,
  imageAt: (image: number) => ShownImage,
): Markup {
  const list = (entries: readonly Mistake[]) =>
    entries.length === 0
      ? markup`<p>None.</p>`
      : markup`<ul class="mistakes">
${entries.map((entry) => mistake(entry, report.classes[entry.index].label, imageAt(entry.image)))}</ul>`;
  return markup`<section aria-labelledby="mistakes"><h2 id="mistakes">Worst mistakes</h2>
<p class="note">An image is at most once in each list, with the label whose score is farthest from the truth. Some may be errors of the label file.</p>
<p class="note" id="mistakes-shown"></p>
<h3>High score, label absent</h3>
<div id="mistakes-absent">${list(mistakes.absent)}</div>
<h3>Low score, label present</h3>
<div id="mistakes-present">${list(mistakes.present)}</div></section>`;
}

function mistake({ image, score }: Mistake, label: string, { name, labels, thumbnail }: ShownImage): Markup {
  const picture = thumbnail
    ? markup`<img alt="${labels?.length ? `Photograph with ${labels.join(', ')}` : 'Photograph'}" data-image="${image}" src="${pictureAddress(thumbnail)}"/>`
    : '';
  const truth: Content = labels
    ? markup`<span class="note">labels: ${labels.length === 0 ? 'none' : labels.map((one, i) => [i > 0 ? ', ' : '', named(one)])}</span>`
    : '';
  return markup`<li>${picture}<span class="name">${named(label)} <strong>${score.toFixed(3)}</strong></span><span class="note">${named(name)}</span>${truth}</li>
`;
}
