import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { message, tensor, type Message } from '../file/onnx-file.fixture.js';

const [FLOAT, UINT8] = [1, 2];
const [INT, INTS] = [2, 7];

const port = (name: string, type: number, dims: readonly Message[]): Message => ({
  1: name,
  2: { 1: { 1: type, 2: { 1: dims } } },
});
const node = (
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Message[] = [],
) => ({
  1: inputs,
  2: output,
  4: operator,
  5: attributes,
});

const BATCH: Message = { 2: 'batch' };

/** Dimensions that the file declares. */
export interface DeclaredSizes {
  readonly batch?: Message;
  readonly labels?: Message;
}

/** A network whose probabilities are the shares of red, green and blue in an image: uint8 [batch, h, w, 3] -> [batch, 3]. */
export const colourModel = ({ batch = BATCH, labels = { 1: 3 } }: DeclaredSizes = {}): Uint8Array =>
  message({
    1: 8,
    7: {
      1: [
        node('Cast', ['images'], 'float', [{ 1: 'to', 3: FLOAT, 20: INT }]),
        node('ReduceMean', ['float'], 'mean', [
          { 1: 'axes', 8: [1, 2], 20: INTS },
          { 1: 'keepdims', 3: 0, 20: INT },
        ]),
        node('Div', ['mean', 'full'], 'probabilities'),
      ],
      2: 'colours',
      5: [tensor('full', [3], [255, 255, 255])],
      11: [port('images', UINT8, [batch, { 2: 'height' }, { 2: 'width' }, { 1: 3 }])],
      12: [port('probabilities', FLOAT, [BATCH, labels])],
    },
    8: [{ 2: 17 }],
  });

const LABELS = ['1 red', '2 green', '3 blue'];

/** `polytag.json` of it. */
export const colourInfo = {
  labels: LABELS,
  height: 4,
  width: 6,
  normalisation: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  scale: 1,
  input: 'pixels',
  id2label: Object.fromEntries(LABELS.map((label, k) => [k, label])),
};

/** Writes it as a folder; the text of `polytag.json` may be another. */
export async function writeColourModel(folder: string, info: string | object = colourInfo): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), colourModel());
  await writeFile(join(folder, 'polytag.json'), typeof info === 'string' ? info : JSON.stringify(info));
}
