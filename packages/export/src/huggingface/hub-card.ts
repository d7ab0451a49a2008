import { printable, printableJson } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';

/** Measurements of one file. */
export interface MeasuredFile {
  readonly name: string;
  readonly bytes: number;
  /** From 0 to 1. */
  readonly mAP: number;
  readonly imagesPerSecond: number;
}

/** Measurements of the model and its exported files on one label file. */
export interface MeasuredOnData {
  /** Public name of the data set. */
  readonly data: string;
  readonly images: number;
  readonly model: MeasuredFile;
  readonly files: readonly MeasuredFile[];
}

/** Heading of what is added to a card; what stands from it on is written anew. */
const HEADING = '## In other programs';

const TFJS_ROW = '| `tfjs/model.json` | for `tf.loadLayersModel` of TensorFlow.js |\n';

/** Whether TensorFlow.js can run a model alone: a backbone that another runtime computes is no layer of it. */
export const hasTfjs = ({ backbone }: MultiLabelModel): boolean => backbone.computedBy === undefined;

/**
 * A model card as the README.md of a model hub: with what is in the folder and how other programs read it; where the model
 * was measured and the card does not say a score yet, with a `model-index`.
 *
 * @param card the model's own
 */
export function hubCard(card: string, model: MultiLabelModel, measured?: MeasuredOnData): string {
  const { preprocessing, labels, thresholds } = model;
  const [own] = card.split(`\n${HEADING}\n`);
  const { height, width } = preprocessing;
  const decides = thresholds
    ? 'its own threshold, `thresholds` of config.json and thresholds.json'
    : '0.5; this model has no thresholds of its own';
  return `${withModelIndex(own.trimEnd(), measured)}

${HEADING}

| file | what it is |
| --- | --- |
| \`model.safetensors\`, \`config.json\`, \`preprocessor_config.json\` | the model of Polytag |
| \`onnx/model.onnx\`, \`onnx/model_fp16.onnx\`, \`onnx/model_quantized.onnx\` | ONNX, opset 17. Input \`pixel_values\`, float32 [batch, 3, ${height}, ${width}], normalised as preprocessor_config.json says. Outputs \`probabilities\` and \`logits\`, [batch, ${labels.size}] |
${hasTfjs(model) ? TFJS_ROW : ''}
An image can have any number of labels: each has a probability of its own, sigmoid(logit), and is predicted from ${decides}. **The image classification pipeline of transformers.js, and the widget of the Hub, apply softmax, as if an image had one label: their numbers are wrong here.** They do not know this model's type either. In transformers.js, take the model itself:

\`\`\`js
import { AutoImageProcessor, AutoModel, RawImage } from '@huggingface/transformers';

const name = 'name/of-this-model';
const processor = await AutoImageProcessor.from_pretrained(name);
const model = await AutoModel.from_pretrained(name, { dtype: 'fp32' }); // 'fp16' and 'q8' are smaller
const { id2label, thresholds } = model.config;

export async function labelsOf(picture) {
  const { probabilities } = await model(await processor(await RawImage.read(picture)));
  return [...probabilities.data]
    .map((score, k) => ({ label: id2label[k], score, threshold: thresholds?.[k] ?? 0.5 }))
    .filter(({ score, threshold }) => score >= threshold)
    .sort((a, b) => b.score - a.score);
}

console.log(await labelsOf('photo.jpg'));
\`\`\`

It warns that it does not know the class \`polytag\`, and loads the file all the same. It resizes pictures in another way than Polytag does, so that probabilities differ a little. \`transformers\` of Python does not load this model; \`onnxruntime\` does.
${measured ? `\n${table(measured)}` : ''}`;
}

function table({ data, images, model, files }: MeasuredOnData): string {
  const row = ({ name, bytes, mAP, imagesPerSecond }: MeasuredFile) =>
    `| \`${name}\` | ${(bytes / 1e6).toFixed(2)} MB | ${(100 * mAP).toFixed(2)} | ${imagesPerSecond.toPrecision(3)} |`;
  return `On ${images} images of ${text(data)}:

| | size | mAP, % | images/s |
| --- | --- | --- | --- |
${[model, ...files].map(row).join('\n')}
`;
}

/** Adds the score to the metadata of a card that has none. */
function withModelIndex(card: string, measured?: MeasuredOnData): string {
  const head = /^---\n([\s\S]*?)\n---(?=\n|$)/.exec(card);
  if (!measured || !head || /^model-index:/m.test(head[1])) return card;
  const { data, model } = measured;
  const index = `model-index:
  - name: ${printableJson(model.name)}
    results:
      - task: { type: image-classification }
        dataset: { type: ${printableJson(data)}, name: ${printableJson(data)} }
        metrics: [{ type: mAP, name: mAP, value: ${(100 * model.mAP).toFixed(2)} }]`;
  return `---\n${head[1]}\n${index}\n---${card.slice(head[0].length)}`;
}

const text = (value: string): string =>
  printable(value, Infinity)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_[\]#|]/g, '\\$&');
