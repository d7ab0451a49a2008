import { DECISION_SCRIPT } from './decision-script.js';
import { markup, named, type Content, type Markup } from './markup.js';
import { htmlPage } from './page.js';
import { pictureAddress, type Thumbnail } from './picture.js';

/** A label of an image that may be wrong. */
export interface SuspectedLabel {
  readonly label: string;
  /** `extra`: it was given and seems wrong. `missing`: it was not given and seems to be missing. */
  readonly kind: 'extra' | 'missing';
  /** Quality of what was given: lower is more suspicious. */
  readonly score: number;
  /** Of the label, by the model. */
  readonly probability: number;
}

/** An image with labels that may be wrong. */
export interface SuspectedImage {
  /** What `decisions.csv` calls it. */
  readonly name: string;
  /** As they were given. */
  readonly labels: readonly string[];
  readonly thumbnail?: Thumbnail;
  /** At least one. */
  readonly suspected: readonly SuspectedLabel[];
}

export interface LabelIssues {
  /** The label file. */
  readonly dataSet: string;
  /** How many images were looked at. */
  readonly images: number;
  /** How many labels are suspected in all, also of images that are not shown. */
  readonly extra: number;
  readonly missing: number;
  /** Those that are shown, the worst first. */
  readonly shown: readonly SuspectedImage[];
}

const WHOLE = new Intl.NumberFormat('en');

const STYLE = `
.suspects{display:grid;gap:1rem}
.suspects>li{display:flex;flex-wrap:wrap;gap:.8rem 1.2rem;background:var(--surface);border-radius:.5rem;padding:.8rem}
.suspects img{display:block;width:16rem;max-width:100%;max-height:16rem;object-fit:contain;border-radius:.3rem}
.suspects>li>div{flex:1 1 17rem;min-width:0}
.suspects h2{font-size:1rem;margin:0 0 .2rem;overflow-wrap:anywhere}
.suspects fieldset{border:0;border-top:1px solid var(--line);margin:.5rem 0 0;padding:.5rem 0 0;min-width:0}
.suspects legend{float:left;width:100%;padding:0;overflow-wrap:anywhere}
.suspects legend strong{font-weight:600}
.choices{clear:both;display:flex;flex-wrap:wrap;gap:.4rem;padding-top:.3rem}
.choices label{display:flex;align-items:center;gap:.4rem;min-height:2.4rem;padding:0 .8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--page);cursor:pointer}
.choices label:has(:checked){border-color:var(--accent);background:var(--fill)}
.choices input{accent-color:var(--accent);margin:0}
.choices label:focus-within{outline:2px solid var(--accent);outline-offset:2px}
.bar-below{position:sticky;bottom:0;display:flex;flex-wrap:wrap;gap:.4rem 1rem;align-items:center;margin-top:1.5rem;padding:.7rem 0;background:var(--page);border-top:1px solid var(--line)}
.bar-below button{font:inherit;min-height:2.4rem;padding:0 1rem;color:var(--page);background:var(--accent);border:0;border-radius:.4rem;cursor:pointer}
.bar-below output{flex:1;min-width:0;width:auto;text-align:start}
@media print{.bar-below{display:none}}
`;

/**
 * Formats labels that may be wrong as one self-contained HTML page, image by image: the picture, its labels, the
 * suspicion, and the decision to take. A button saves the decisions as a file.
 */
export function labelIssuesPage(issues: LabelIssues): string {
  const { dataSet, images, extra, missing, shown } = issues;
  const rest = extra + missing - shown.reduce((sum, { suspected }) => sum + suspected.length, 0);
  return htmlPage({
    title: `Label issues: ${dataSet}`,
    style: STYLE,
    main: markup`<h1>Labels that may be wrong</h1>
<p>${named(dataSet)}: ${WHOLE.format(images)} images. ${WHOLE.format(extra)} given labels seem wrong, ${WHOLE.format(missing)} seem to be missing. The most suspicious images come first.</p>
<p class="note">Most labels suspected at the top are wrong; further down, fewer are. ${rest > 0 ? `${WHOLE.format(rest)} more are in issues.csv. ` : ''}Your decisions are saved to a file for polytag-train label-issues --apply.</p>
${
  shown.length === 0
    ? markup`<p>No suspicious labels.</p>`
    : markup`<ul class="suspects">
${shown.map(card)}</ul>`
}`,
    scripts: shown.length === 0 ? [] : [DECISION_SCRIPT],
  });
}

function card({ name, labels, thumbnail, suspected }: SuspectedImage): Markup {
  const picture: Content = thumbnail
    ? markup`<img alt="${labels.length > 0 ? `Labelled ${labels.join(', ')}` : 'Without labels'}" loading="lazy" src="${pictureAddress(thumbnail)}"/>`
    : '';
  const given: Content =
    labels.length === 0 ? 'none' : labels.map((label, i) => [i > 0 ? ', ' : '', named(label)]);
  return markup`<li data-image="${name}">${picture}<div><h2>${named(name)}</h2>
<p class="note">labels: ${given}</p>
${suspected.map(suspicion)}</div></li>
`;
}

function suspicion({ label, kind, score, probability }: SuspectedLabel): Markup {
  const question =
    kind === 'extra'
      ? markup`<strong>${named(label)}</strong> is given and seems wrong`
      : markup`<strong>${named(label)}</strong> seems to be missing`;
  return markup`<fieldset data-label="${label}" data-kind="${kind}"><legend>${question} <span class="note">score ${score.toFixed(3)}, model ${percent(probability)}</span></legend></fieldset>
`;
}

/** Small probabilities are what this is about. */
function percent(fraction: number): string {
  if (fraction < 0.001) return 'below 0.1 %';
  return `${(100 * fraction).toFixed(fraction < 0.1 ? 1 : 0)} %`;
}
