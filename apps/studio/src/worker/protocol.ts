/** What the page asks of the worker that computes, and what it answers. */

/** Where the bytes of a photograph are: a file, or an image that `play` serves. */
export type PhotoSource = Blob | { readonly address: string; readonly token: string };

/** A model that is open. */
export interface ModelFacts {
  readonly name: string;
  readonly labels: readonly string[];
  readonly thresholds: readonly number[];
  readonly backbone: string;
  readonly head: string;
  /** Whether training can go on from its head: it is of the kind that the page trains. */
  readonly isContinuable: boolean;
  readonly height: number;
  readonly width: number;
}

/** What computes, and how fast it was found to be. */
export interface EngineFacts {
  readonly name: 'wasm' | 'webgpu';
  /** E.g. `wasm (relaxed SIMD)`. */
  readonly title: string;
  /** Milliseconds for one image of the network's size, of each engine that ran. */
  readonly measured: Readonly<Record<string, number>>;
  /** Why WebGPU was not tried. */
  readonly withoutWebgpu?: string;
}

export interface Prediction {
  /** A probability for each label. */
  readonly scores: Float32Array;
  /** From the bytes to the scores. */
  readonly milliseconds: number;
}

export interface TrainImage {
  readonly name: string;
  readonly source: PhotoSource;
  /** Positions in `labels`. */
  readonly present: readonly number[];
  readonly unknown: readonly number[];
}

export interface TrainRequest {
  readonly labels: readonly string[];
  readonly images: readonly TrainImage[];
  readonly epochs: number;
  readonly seed: number;
  /** Share of the images that is held out. */
  readonly heldOut: number;
  /** Whether the head of the open model goes on, where it has such a head and some of the labels. */
  readonly continues: boolean;
}

export interface TrainResult {
  /** Over the labels that a held-out image has: what `polytag-eval score` says first. */
  readonly mAP: number;
  readonly epoch: number;
  /** Labels that began with the weights of the open model, and new ones. False where its head is another one; undefined where a new head was asked for. */
  readonly continued?: false | { readonly carried: readonly string[]; readonly added: readonly string[] };
  readonly perLabel: readonly {
    readonly label: string;
    readonly ap: number;
    readonly threshold: number;
    readonly images: number;
  }[];
  /** Names of the images that were held out. */
  readonly heldOut: readonly string[];
  readonly mistakes: readonly {
    readonly name: string;
    readonly label: string;
    readonly score: number;
    readonly present: boolean;
  }[];
  readonly secondsFeatures: number;
  /** Workers that computed features. */
  readonly workers: number;
  readonly secondsHead: number;
  /** Feature maps that were computed now; others were there. */
  readonly computed: number;
  /** Images that could not be used. */
  readonly bad: readonly { readonly name: string; readonly message: string }[];
}

export type Progress =
  | { readonly kind: 'images'; readonly done: number; readonly total: number; readonly secondsLeft: number }
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly total: number;
      readonly loss: number;
      readonly secondsLeft: number;
    }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly loss: number; readonly mAP: number };

export type ExportForm = 'folder' | 'tfjs' | 'onnx';

/** The files of a folder, by name. */
export type FolderFiles = Record<string, Uint8Array | string>;

export interface Requests {
  open: { readonly name: string; readonly files: ReadonlyMap<string, Uint8Array> };
  predict: { readonly source: PhotoSource };
  /** Scores of all, [N, K]; NaN for images that cannot be used. */
  predictAll: { readonly sources: readonly PhotoSource[] };
  explain: { readonly source: PhotoSource; readonly label: string };
  scenes: { readonly count: number };
  train: TrainRequest;
  /** The trained model becomes the open one. */
  keep: Record<string, never>;
  exportModel: { readonly form: ExportForm; readonly which: 'open' | 'trained' };
}

export interface Answers {
  open: { readonly model: ModelFacts; readonly engine: EngineFacts };
  predict: Prediction;
  predictAll: { readonly scores: Float32Array; readonly bad: readonly string[] };
  explain: {
    readonly pixels: Uint8ClampedArray<ArrayBuffer>;
    readonly height: number;
    readonly width: number;
  };
  scenes: readonly { readonly name: string; readonly blob: Blob; readonly labels: readonly string[] }[];
  train: TrainResult;
  keep: { readonly model: ModelFacts };
  exportModel: FolderFiles;
}

export type Call = keyof Requests;

export interface Failure {
  readonly message: string;
  readonly hint?: string;
  readonly code?: string;
}

/** What a call may tell while it runs, and how it is stopped. */
export interface CallContext {
  report(progress: Progress): void;
  readonly signal: AbortSignal;
}
