import type { MultiLabelModel } from '@polytag/model';

/** What one needs beside the network to turn a photograph into labels; written as `polytag.json`. */
export interface ModelInfo {
  /** In the order of the outputs. */
  readonly labels: readonly string[];
  readonly height: number;
  readonly width: number;
  /** Where the shorter side of an image is resized, to so many pixels, and the middle taken; absent where images are stretched. */
  readonly shortSide?: number;
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** probability = sigmoid(scale · output), without `calibration` */
  readonly scale: number;
  /** Where the model is calibrated: probability = sigmoid(slope · scale · output + offset), a pair a label. */
  readonly calibration?: {
    readonly method: 'temperature' | 'platt';
    readonly slopes: readonly number[];
    readonly offsets: readonly number[];
  };
  /** A label is predicted when its probability reaches its own; absent where the model has none. */
  readonly thresholds?: readonly number[];
}

export function modelInfo({
  labels,
  preprocessing,
  scale,
  calibration,
  thresholds,
}: Pick<MultiLabelModel, 'labels' | 'preprocessing' | 'scale' | 'calibration' | 'thresholds'>): ModelInfo {
  return {
    labels: labels.names,
    height: preprocessing.height,
    width: preprocessing.width,
    ...preprocessing.resize,
    normalisation: preprocessing.normalisation,
    scale,
    ...(calibration && {
      calibration: {
        method: calibration.method,
        slopes: Array.from(calibration.slopes),
        offsets: Array.from(calibration.offsets),
      },
    }),
    ...(thresholds && { thresholds }),
  };
}
