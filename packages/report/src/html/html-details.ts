import type { EvaluationDetails } from '@polytag/metrics';
import type { ShownImage } from './mistake-gallery.js';

/** What the page shows beyond the figures of the report; each adds sections. */
export interface HtmlDetails extends EvaluationDetails {
  /** What is known of an image, by its position in the data set; asked for the images of mistakes only. */
  readonly imageAt: (image: number) => ShownImage;
}
