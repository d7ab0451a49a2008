import type { EvaluationReport } from '../evaluation-report.js';
import { count, percent, short } from '../figures.js';
import {
  authorsPrecision,
  confidenceText,
  fewImages,
  frequencyLine,
  headlinePrecision,
  intervalText,
} from '../headline-figures.js';
import { markup, named, type Content, type Markup } from './markup.js';

/** What was evaluated on what, and the figures that sum it up, each with what it is. */
export function headline(report: EvaluationReport): Markup {
  const { model, dataSet, images, labels, threshold, classThresholds, top3, intervals } = report;
  const at = `score > ${short(threshold.value)}`;
  return markup`<header><h1>Evaluation</h1>
<dl class="subject"><div><dt>Model</dt><dd>${named(model)}</dd></div><div><dt>Data set</dt><dd>${named(dataSet)}</dd></div><div><dt>Size</dt><dd>${count(images)} images, ${count(labels)} labels</dd></div></dl></header>
<section aria-labelledby="figures"><h2 id="figures">Figures</h2>
<p class="note">Per cent.${intervals ? ` Below each figure: its ${confidenceText(intervals.confidence)} interval, from ${count(intervals.resamples)} resamples of the images. It covers the choice of images, not the randomness of training.` : ''}</p>
<dl class="figures">
${figure('mAP', '', headlinePrecision(report), intervalText(report, 'mAPOccurring'), 'Average precision, averaged over labels with images: how well a label’s images rank above the others. Needs no threshold.')}
${
  classThresholds
    ? [
        figure(
          'CF1',
          'own thresholds',
          percent(classThresholds.CF1),
          intervalText(report, 'classThresholds.CF1'),
          'CF1 if each label is predicted at or above its own threshold.',
        ),
        figure(
          'OF1',
          'own thresholds',
          percent(classThresholds.OF1),
          intervalText(report, 'classThresholds.OF1'),
          'OF1 if each label is predicted at or above its own threshold.',
        ),
      ]
    : ''
}
${figure('CF1', at, percent(threshold.CF1), intervalText(report, 'threshold.CF1'), 'Precision and recall averaged over labels, then their harmonic mean: a rare label weighs as much as a common one.')}
${figure('OF1', at, percent(threshold.OF1), intervalText(report, 'threshold.OF1'), 'Harmonic mean of precision and recall over all decisions together: common labels weigh more.')}
${figure('CF1', 'top 3', percent(top3.CF1), intervalText(report, 'top3.CF1'), 'CF1 if the three best labels of each image are predicted, whatever their scores.')}
${figure('OF1', 'top 3', percent(top3.OF1), intervalText(report, 'top3.OF1'), 'OF1 if the three best labels of each image are predicted, whatever their scores.')}
${figure('Exact match', at, percent(report.exactMatch), intervalText(report, 'exactMatch'), 'Images with all labels correct: none missing, none extra.')}
</dl>${frequencies(report)}${notes(report)}</section>`;
}

function figure(
  name: string,
  at: string,
  value: string,
  interval: string | undefined,
  explanation: string,
): Markup {
  return markup`<div><dt>${name}${at ? markup` <span>${at}</span>` : ''}</dt><dd class="value">${value}</dd>${interval === undefined ? '' : markup`<dd>${interval}</dd>`}<dd>${explanation}</dd></div>`;
}

/** mAP of the labels with many, medium and few training images, which the mean over all of them hides. */
function frequencies({ frequencyGroups = [] }: EvaluationReport): Content {
  const groups = frequencyGroups.filter(({ labels }) => labels > 0).map(frequencyLine);
  if (groups.length === 0) return '';
  return markup`<table class="below"><caption>mAP by how many training images a label has</caption><thead><tr><th scope="col">labels</th><th scope="col" class="number">mAP</th></tr></thead><tbody>
${groups.map(({ group, value }) => markup`<tr><th scope="row">${group}</th><td>${value}</td></tr>`)}</tbody></table>`;
}

function notes(report: EvaluationReport): Markup[] {
  const { emptyClasses, ignored } = report;
  const lines: Markup[] = [];
  const authors = authorsPrecision(report);
  if (authors) {
    const names = emptyClasses.map((label, i) => [i > 0 ? ', ' : '', named(label)]);
    lines.push(markup`<p class="note">${authors}: ${names}.</p>`);
  }
  const few = fewImages(report);
  if (few) lines.push(markup`<p class="note">${few}</p>`);
  if (ignored > 0)
    lines.push(
      markup`<p class="note">${count(ignored)} decisions are not evaluated: the data set does not say whether the label is present.</p>`,
    );
  return lines;
}
