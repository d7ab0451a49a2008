import type { MultiLabelModel } from '@polytag/model';

/** Everything besides the network that is needed to label a photograph; the content of `polytag.json`. */
export interface ModelInfo {
  /** In the order of the outputs. */
  readonly labels: readonly string[];
  readonly height: number;
  readonly width: number;
  /**
   * If set, the shorter side of an image is resized to this many pixels and the centre is cropped; otherwise images are
   * stretched.
   */
  readonly shortSide?: number;
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** probability = sigmoid(scale · output), if there is no `calibration` */
  readonly scale: number;
  /** For a calibrated model: probability = sigmoid(slope · scale · output + offset), one pair per label. */
  readonly calibration?: {
    readonly method: 'temperature' | 'platt';
    readonly slopes: readonly number[];
    readonly offsets: readonly number[];
  };
  /** A label is predicted if its probability reaches its threshold; absent if the model has none. */
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
