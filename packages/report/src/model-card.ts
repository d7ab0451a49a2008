import { type OutputSpace, type Preprocessing, printable, printableJson } from '@polytag/core';
import type { EvaluationReport } from './evaluation-report.js';
import { percent } from './figures.js';
import { authorsPrecision, headlinePrecision } from './headline-figures.js';

export interface ModelCardFacts {
  readonly name: string;
  /** A sentence or two; optional. */
  readonly description?: string;
  /** Names of the parts, e.g. `mobilenet-v3-large`, `gcn`, `aam-asl`. */
  readonly backbone: string;
  readonly head: string;
  readonly loss?: string;
  /** The head's output contract. */
  readonly space: OutputSpace;
  readonly scale: number;
  /** In vocabulary order. */
  readonly labels: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Number of weights. */
  readonly parameters?: number;
  /** An SPDX identifier, when the weights have a licence. */
  readonly license?: string;
  /** What it was trained on. */
  readonly trainedOn?: string;
  /** Measured scores; without any, the card states that none were measured. */
  readonly evaluations?: readonly EvaluationReport[];
}

/**
 * Creates the README.md of a model folder: description, measured scores, how to load it, pre- and postprocessing,
 * labels, and the metadata block that model hubs read.
 */
export function modelCard(facts: ModelCardFacts): string {
  const { name, description, evaluations = [] } = facts;
  const sections = [
    `${metadata(facts)}\n# ${line(name)}`,
    ...(description ? [line(description)] : []),
    composition(facts),
    `## Scores\n\n${scores(evaluations)}`,
    `## Use\n\n${usage(facts)}`,
    `## Input and output\n\n${contract(facts)}`,
    `## Labels\n\n${facts.labels.length}, in the order of the outputs:\n\n${facts.labels.map(code).join(', ')}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function metadata({ name, license, evaluations = [] }: ModelCardFacts): string {
  const rows = [
    'library_name: polytag',
    'pipeline_tag: image-classification',
    'tags: [multi-label, tensorflow.js]',
    ...(license ? [`license: ${quoted(license.toLowerCase())}`] : []),
  ];
  if (evaluations.length > 0) {
    rows.push('model-index:', `  - name: ${quoted(name)}`, '    results:');
    for (const report of evaluations) {
      const { dataSet, mAP, mAPOccurring } = report;
      rows.push(
        '      - task: { type: image-classification }',
        `        dataset: { type: ${quoted(dataSet)}, name: ${quoted(dataSet)} }`,
        `        metrics: [{ type: mAP, name: mAP, value: ${percent(mAPOccurring ?? mAP)} }]`,
      );
    }
  }
  return `---\n${rows.join('\n')}\n---\n`;
}

function composition(facts: ModelCardFacts): string {
  const rows = [
    ['backbone', code(facts.backbone)],
    ['head', code(facts.head)],
    ...(facts.loss ? [['loss', code(facts.loss)]] : []),
    ...(facts.parameters === undefined ? [] : [['weights', facts.parameters.toLocaleString('en-US')]]),
    ...(facts.trainedOn ? [['trained on', cell(facts.trainedOn)]] : []),
  ];
  return ['| | |', '| --- | --- |', ...rows.map(([key, value]) => `| ${key} | ${value} |`)].join('\n');
}

function scores(evaluations: readonly EvaluationReport[]): string {
  if (evaluations.length === 0) return 'No scores were measured.';
  const rows = evaluations.map((report) =>
    [
      cell(report.dataSet),
      report.images,
      headlinePrecision(report),
      percent(report.threshold.CF1),
      percent(report.threshold.OF1),
      percent(report.exactMatch),
    ].join(' | '),
  );
  const table = [
    '| data set | images | mAP | CF1 | OF1 | exact match |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
  const note =
    'Per cent. mAP is the average precision (not interpolated), averaged over labels with images; ' +
    'CF1, OF1 and exact match use a score above ' +
    `${[...new Set(evaluations.map(({ threshold }) => threshold.value))].join(' or ')}.`;
  const authors = evaluations.flatMap((report) => {
    const other = authorsPrecision(report);
    return other ? [`${cell(report.dataSet)}: ${other}.`] : [];
  });
  return [table, note, ...authors, ...evaluations.map(classTable)].join('\n\n');
}

function classTable({ dataSet, classes }: EvaluationReport): string {
  const rows = [...classes]
    .sort((a, b) => b.averagePrecision - a.averagePrecision)
    .map(({ label, positives, averagePrecision }) => {
      return `| ${cell(label)} | ${positives} | ${positives === 0 ? '' : percent(averagePrecision)} |`;
    });
  return [
    `<details><summary>Each label on ${html(dataSet)}</summary>\n`,
    '| label | images | AP |\n| --- | --- | --- |',
    ...rows,
    '\n</details>',
  ].join('\n');
}

function usage({ labels }: ModelCardFacts): string {
  return [
    '```sh\nnpm i @polytag/model @polytag/engine @tensorflow/tfjs\n```',
    [
      '```ts',
      "import { useEngine } from '@polytag/engine';",
      "import { loadModel } from '@polytag/model';",
      '',
      "await useEngine('wasm');",
      "const model = await loadModel('path/to/this/folder');",
      "const found = await model.predict('photograph.jpg'); // [{ label, score }, …], best first",
      '```',
    ].join('\n'),
    `The model has ${labels.length} labels; an image can have any number of them.`,
  ].join('\n\n');
}

function contract({ preprocessing, space, scale }: ModelCardFacts): string {
  const { height, width, resize, normalisation } = preprocessing;
  const resized = resize
    ? `its shorter side resized to ${resize.shortSide} pixels (bicubic with antialiasing), then cropped at the centre to ${height} x ${width} (height x width)`
    : `resized to ${height} x ${width} (height x width, bilinear, without keeping the aspect ratio)`;
  const triple = (values: readonly number[]) => values.join(', ');
  return [
    `- Input: RGB, ${resized}, ` +
      `then (x / 255 − mean) / std with mean (${triple(normalisation.mean)}) and std (${triple(normalisation.std)}).`,
    `- Output: one number for each label${space === 'cosines' ? ', a cosine' : ', a logit'}. ` +
      `Probability = sigmoid(${scale === 1 ? 'output' : `${scale} · output`}).`,
  ].join('\n');
}

/** Text on one line, without what Markdown or HTML would read as markup. */
const html = (text: string) =>
  printable(text.replace(/\s+/g, ' '), Infinity)
    .trim()
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
const line = (text: string) => html(text).replace(/[\\`*_[\]#]/g, '\\$&');
const cell = (text: string) => line(text).replace(/\|/g, '\\|');
/** A code span that holds any text: its fence is longer than every run of backticks inside. */
function code(text: string): string {
  const plain = printable(text.replace(/\s+/g, ' '), Infinity).trim();
  const longest = Math.max(0, ...(plain.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = plain.startsWith('`') || plain.endsWith('`') ? ' ' : '';
  return fence + space + plain + space + fence;
}
/** A YAML string; JSON's double-quoted form is one. */
const quoted = (text: string) => printableJson(text);
