import { HALF, IMAGENET } from '@polytag/core';
import { trainedWith } from './initial-weights.js';

const known = {
  origin: 'imagenet of mobilenet-v3-small',
  padding: 'same',
  epsilon: 1e-3,
  normalisation: HALF,
} as const;

it('says that a file which nobody knows does not tell what its weights were trained with', () => {
  expect(trainedWith({ padding: 'symmetric', normalisation: HALF }, undefined)).toBe(
    'images get padding symmetric, normalisation half; the file does not record what the weights were trained with',
  );
});

it('says what known weights get, and what they were trained with where that differs', () => {
  expect(trainedWith({ padding: 'symmetric', normalisation: IMAGENET }, known)).toBe(
    'these weights are known (imagenet of mobilenet-v3-small) and were trained with padding same, normalisation half; ' +
      'here images get padding symmetric, normalisation imagenet',
  );
  expect(trainedWith(known, known)).toBe(
    'these weights are known (imagenet of mobilenet-v3-small); images get the settings they were trained with: ' +
      'padding same, normalisation half',
  );
});
