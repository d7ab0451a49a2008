import { count } from '../figures.js';
import { markup, named, type Markup } from './markup.js';
import { htmlPage } from './page.js';

/** A photograph with its heat maps. */
export interface ExplainedImage {
  /** As it was named. */
  readonly name: string;
  /** Best first. */
  readonly labels: readonly {
    readonly label: string;
    readonly score: number;
    /** Name of the picture's file, which lies beside the page. */
    readonly file: string;
  }[];
}

export interface Explanations {
  /** Name of the model. */
  readonly model: string;
  /** What the head is explained by. */
  readonly method: string;
  readonly images: readonly ExplainedImage[];
  /** Photographs that have pictures and are not on the page. */
  readonly more: number;
}

const STYLE = `
.explained{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1rem}
.explained img{display:block;width:100%;height:11rem;object-fit:contain;background:var(--surface);border-radius:.3rem}
`;

/** A page with heat maps of photographs, stored as pictures beside it. The same explanations give the same bytes. */
export function explanationPage({ model, method, images, more }: Explanations): string {
  return htmlPage({
    title: `Where ${model} found its labels`,
    picturesBeside: true,
    style: STYLE,
    main: markup`<h1>Where the labels were found</h1>
<p>Model: ${named(model)}. Colour marks areas that support the label more than the average of the photograph; lighter is stronger. Method: ${method}.</p>
${images.map(explained)}
${more > 0 ? markup`<p>${count(more)} more photographs are not shown; their pictures are in the folder.</p>` : ''}`,
  });
}

const explained = ({ name, labels }: ExplainedImage): Markup =>
  markup`<section><h2>${named(name)}</h2>
${
  labels.length === 0
    ? markup`<p>No label.</p>`
    : markup`<ul class="explained">
${labels.map(
  ({ label, score, file }) =>
    markup`<li><a href="${encodeURIComponent(file)}"><img loading="lazy" alt="Heat map of ${label}" src="${encodeURIComponent(file)}"/></a><span class="name">${named(label)}</span> <span class="note">${score.toFixed(3)}</span></li>
`,
)}</ul>`
}</section>
`;
