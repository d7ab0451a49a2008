import type { ModelFile } from '../file/model-file.js';

/** The files of a folder that `exportOnnx` wrote. */
export const MODEL = 'model.onnx';
export const INFO = 'polytag.json';

/** Their contents. */
export interface OnnxFolder {
  /** `polytag.json` */
  readonly info: Uint8Array;
  /** How errors name it. */
  readonly infoSource: string;
  readonly model: ModelFile;
}
