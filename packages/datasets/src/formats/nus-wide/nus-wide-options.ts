import type { SplitReaderOptions } from '../labelled-split.js';

export interface NusWideOptions extends SplitReaderOptions {
  /** The folder that image paths start from, or one above (default: the folder of the data set). */
  readonly images?: string;
  /**
   * `asl`: the split distributed with the asymmetric loss, which the paper uses, in `nus_wid_data.csv`. `original`: the
   * lists of the authors of NUS-WIDE. Default: the one that is there, `asl` if both are.
   */
  readonly distribution?: 'asl' | 'original';
}

/** What a folder that cannot be read should have held. */
export const HINT =
  'Expected nus_wid_data.csv (distributed with the asymmetric loss), or ImageList, Groundtruth/TrainTestLabels and Concepts81.txt.';
