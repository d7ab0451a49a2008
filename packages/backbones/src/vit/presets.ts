import { IMAGENET } from '@polytag/core';
import type { PublishedWeights } from '../published-weights.js';

const RELEASE = 'https://dl.fbaipublicfiles.com/dinov2';

/**
 * DINOv2's own files (Oquab et al., 2023), trained without labels on 142 million photographs.
 *
 * @param letter of the size: s, b or l
 */
function dinov2(letter: string, registers: boolean): PublishedWeights {
  const model = `dinov2_vit${letter}14`;
  return {
    name: 'dinov2',
    backbone: `vit-${letter}-14${registers ? '-reg' : ''}`,
    address: `${RELEASE}/${model}/${model}${registers ? '_reg4' : ''}_pretrain.pth`,
    padding: 'symmetric',
    epsilon: 1e-6,
    normalisation: IMAGENET,
    imageSize: 518,
    licence: 'Apache-2.0 (repository)',
    source: 'dinov2/hub/backbones.py of facebookresearch/dinov2',
  };
}

/** Published weights of vision transformers. Of several of one name for one backbone, the first is the default. */
export const vitPresets: readonly PublishedWeights[] = ['s', 'b', 'l'].flatMap((letter) =>
  [false, true].map((registers) => dinov2(letter, registers)),
);
