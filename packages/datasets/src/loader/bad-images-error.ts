import { DataError } from '@polytag/core';
import type { BadImage } from './bad-image.js';

/** Images that the message itself names; all are in `images`. */
const SHOWN = 5;

/** Some images of a data set cannot be used. */
export class BadImagesError extends DataError {
  /**
   * @param images all of them
   * @param source what errors call the data set
   * @param total images that the data set has
   */
  constructor(
    readonly images: readonly BadImage[],
    source: string,
    total: number,
    hint = 'Copy or convert them, or take them out of the label file.',
  ) {
    const reasons = images.slice(0, SHOWN).map(({ error }) => error.message);
    const more = images.length > SHOWN ? ` And ${images.length - SHOWN} more.` : '';
    super(
      'data/bad-images',
      `${images.length} of the ${total} images of ${source} cannot be used: ${reasons.join(' ')}${more}`,
      { hint },
    );
  }
}
