import type { MultiLabelModel } from '@polytag/model';

/** What of a model may be right for means of an image and its mirror image alone. Of an exported model nobody knows. */
export type FittedWithFlip = Partial<Pick<MultiLabelModel, 'thresholds' | 'thresholdsFlip' | 'calibration'>>;

/**
 * Whether thresholds or calibration of a model are of other scores than it gives, a line; none where they are not.
 *
 * @param canFlip whether the command has `--flip`
 */
export function flipWarnings(
  { thresholds, thresholdsFlip, calibration }: FittedWithFlip,
  flip: boolean | undefined,
  canFlip = true,
): string[] {
  if (flip) return [];
  const what = [
    ...(thresholds && thresholdsFlip ? ['thresholds'] : []),
    ...(calibration?.flip ? ['calibration'] : []),
  ];
  if (what.length === 0) return [];
  return [
    `warning: ${what.join(' and ')} of the model were fitted with --flip and do not quite match the scores of single images: ` +
      `${canFlip ? 'add --flip, or fit' : 'fit'} them again without it`,
  ];
}
