/** Networks that can be measured, by our name. */
export const MODELS = ['mobilenet-v3-large', 'mobilenet-v3-small', 'efficientnet-v2-s', 'tresnet-l'] as const;
export type ModelName = (typeof MODELS)[number];

/** `train`: forward, backward and Adam's update. `eval`: forward with running statistics. */
export const MODES = ['train', 'eval'] as const;
export type Mode = (typeof MODES)[number];

/** What is timed. Both sides do the same: random images, `labels` outputs, the mean of binary cross-entropy. */
export interface Work {
  readonly model: ModelName;
  readonly mode: Mode;
  /** Images a step. */
  readonly batch: number;
  /** Side of an image, pixels. */
  readonly size: number;
  /** Steps that count; two before them do not. */
  readonly steps: number;
  readonly labels: number;
}

/** Steps before those that count. */
export const WARM_UP = 2;

/** Outputs of the peer's network. */
export const PEER_LABELS = 20;
