import { PartError, partTitle, shapeText, type HeadHeatMaps, type LabelVocabulary } from '@polytag/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { askPart } from '../config/own-part.js';
import type { ResolvedPart } from '../config/resolved-part.js';

const KINDS: readonly unknown[] = ['contributions', 'attention'];

/**
 * Asks a head for its heat maps.
 *
 * @throws PartError `part/shape`, `part/contract`, `part/threw`, `part/promise`
 */
export function checkedHeatMaps(
  head: ResolvedPart<'head'>,
  { features, labels }: { readonly features: LayersModel; readonly labels: LabelVocabulary },
  make: () => HeadHeatMaps,
): HeadHeatMaps {
  const given = askPart('head', head, 'heatMaps', make);
  const title = partTitle('head', head.part);
  const shape = given?.maps?.shape;
  if (!KINDS.includes(given?.kind) || !Array.isArray(shape)) {
    throw new PartError(
      'part/contract',
      `The ${title} breaks its contract: its "heatMaps" gives no { kind, maps }.`,
      {
        hint: 'kind is "contributions" or "attention", maps a symbolic tensor: see `HeadHeatMaps` of @polytag/core.',
      },
    );
  }
  const [, height, width] = features.outputs[0].shape;
  const wanted = [null, height, width, labels.size];
  if (shape.length !== 4 || wanted.some((size, i) => i > 0 && size !== shape[i])) {
    throw new PartError(
      'part/shape',
      `The heat maps of the ${title} have the shape ${shapeText(shape)}, not ${shapeText(wanted)}.`,
      { hint: 'A heat map has a number in each cell of the feature map, and there is one for each label.' },
    );
  }
  return given;
}
