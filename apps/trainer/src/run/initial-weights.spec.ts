import { HALF, IMAGENET } from '@polytag/core';
import { trainedWith } from './initial-weights.js';

const known = {
  origin: 'imagenet of mobilenet-v3-small',
  padding: 'same',
  epsilon: 1e-3,
  normalisation: HALF,
} as const;

it('says that a file which nobody knows does not tell what its weights were trained with', () => {
  expect(trainedWith({ padding: 'symmetric', normalisation: HALF }, undefined, 'model')).toBe(
    'they get padding symmetric, normalisation half; what they were trained with, their file does not say',
  );
});

it('names the settings that known weights need and do not get', () => {
  expect(trainedWith({ padding: 'symmetric', normalisation: IMAGENET }, known, 'mutual.models.0')).toBe(
    'these weights are known with padding same, normalisation half (imagenet of mobilenet-v3-small); ' +
      'here they get padding symmetric, normalisation imagenet. ' +
      "Add --set 'mutual.models.0.backbone.options.padding=same' --set 'data.normalisation=half'",
  );
  expect(trainedWith({ padding: 'same', normalisation: IMAGENET }, known, 'model')).toMatch(
    /here they get padding same, normalisation imagenet\. Add --set 'data\.normalisation=half'$/,
  );
});

it('asks for nothing where known weights get what they were trained with', () => {
  expect(trainedWith(known, known, 'model')).toBe(
    'these weights are known with padding same, normalisation half (imagenet of mobilenet-v3-small)',
  );
});
