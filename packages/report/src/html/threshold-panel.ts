import type { EvaluationReport } from '../evaluation-report.js';
import { markup, type Markup } from './markup.js';

/**
 * Thresholds to try. The script of the page shows the section and fills it; without script it is not there.
 * {@link THRESHOLD_SCRIPT}
 */
export function thresholdPanel({ classes }: EvaluationReport, steps: number): Markup {
  return markup`<section aria-labelledby="thresholds" id="threshold-panel" hidden><h2 id="thresholds">Try thresholds</h2>
<p class="note">Move a threshold to see how it changes the figures here, the label table and the mistakes below. A label is predicted at or above its threshold. Click a name in the table to choose its label. The mean over labels gives CP, CR and CF1; all decisions together give OP, OR and OF1. The model is not changed.</p>
<div class="controls"><p><label for="threshold-label">Label</label><select id="threshold-label"><option value="-1">all labels</option>${classes.map(({ label }, k) => markup`<option value="${k}">${label}</option>`)}</select></p>
<p><label for="threshold-value">Threshold</label><input type="range" id="threshold-value" min="0" max="${steps}" step="1"/><output for="threshold-value" id="threshold-shown"></output></p>
<p><button type="button" id="threshold-reset">Reset</button></p></div>
<div class="scroll" role="group" aria-labelledby="thresholds" tabindex="0"><table aria-labelledby="thresholds"><thead><tr><th scope="col">per cent</th><th scope="col" class="number">precision</th><th scope="col" class="number">recall</th><th scope="col" class="number">F1</th><th scope="col" class="number">F1 before</th></tr></thead><tbody id="threshold-figures"></tbody></table></div>
<p class="visually-hidden" role="status" id="threshold-told"></p>
<details><summary>These thresholds as text</summary><p class="note">The content of a file for <code>polytag-eval thresholds --from FILE</code>, which writes them into a model folder.</p><textarea id="threshold-text" readonly rows="6" aria-label="Thresholds as JSON"></textarea></details></section>`;
}
