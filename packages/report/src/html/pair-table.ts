import type { EvaluationDetails } from '@polytag/metrics';
import type { EvaluationReport } from '../evaluation-report.js';
import { percent, short } from '../figures.js';
import { markup, named, type Markup } from './markup.js';

/** The pairs of labels that most images confuse. */
export function pairTable(
  { classes, threshold, classThresholds }: EvaluationReport,
  { confusedPairs }: EvaluationDetails,
): Markup {
  const rule = classThresholds
    ? 'at or above the label’s own threshold'
    : `at a score above ${short(threshold.value)}`;
  const rows = confusedPairs.map(({ missed, predicted, images }) => {
    const [{ label, positives }, other] = [classes[missed], classes[predicted]];
    return markup`<tr><th scope="row">${named(label)}</th><td class="text">${named(other.label)}</td><td>${images}</td><td>${percent(images / positives)}</td></tr>
`;
  });
  return markup`<section aria-labelledby="pairs"><h2 id="pairs">Confused labels</h2>
<p class="note">Images in which the first label is present but not predicted, while the second is predicted but absent (${rule}). An image with several such labels counts for each pair. Share: per cent of the images with the first label.</p>
${
  rows.length === 0
    ? markup`<p>None.</p>`
    : markup`<div class="scroll" role="group" aria-labelledby="pairs" tabindex="0"><table aria-labelledby="pairs"><thead><tr><th scope="col">present, not predicted</th><th scope="col">predicted, absent</th><th scope="col" class="number">images</th><th scope="col" class="number">share</th></tr></thead><tbody>
${rows}</tbody></table></div>`
}</section>`;
}
