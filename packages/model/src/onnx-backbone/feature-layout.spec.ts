import { arrangement, type FeatureLayout, type LayoutOptions } from './feature-layout.js';

const square = { height: 224, width: 224, channelAxis: 'first' } as const;
const wide = { height: 96, width: 192, channelAxis: 'first' } as const;
const found = (shape: readonly number[], image = square, options: LayoutOptions = {}) =>
  arrangement(shape, image, options, 'the output');
const refused = (shape: readonly number[], options: LayoutOptions, told: string) =>
  expect(() => found(shape, square, options)).toThrow(
    expect.objectContaining({ code: 'usage/onnx-layout', message: expect.stringContaining(told) }),
  );

it.each<[string, number[], typeof square | typeof wide, LayoutOptions, object]>([
  [
    'ViT-S/14 with a class token',
    [1, 257, 384],
    square,
    {},
    { skip: 1, height: 16, width: 16, channels: 384 },
  ],
  ['the same with four registers', [1, 261, 384], square, {}, { skip: 5, height: 16, width: 16 }],
  ['patches alone', [1, 196, 768], square, {}, { skip: 0, height: 14, width: 14 }],
  ['patches of a wide image', [1, 1 + 6 * 12, 8], wide as never, {}, { skip: 1, height: 6, width: 12 }],
  ['as many tokens as are said', [1, 11, 8], square, { skipTokens: 2 }, { skip: 2, height: 3, width: 3 }],
  ['a map of PyTorch', [1, 576, 7, 7], square, {}, { channelAxis: 'first', channels: 576, height: 7 }],
  ['a map of TensorFlow', [1, 7, 7, 576], square, {}, { channelAxis: 'last', channels: 576, height: 7 }],
  ['a map whose form tells', [1, 3, 6, 96], wide as never, {}, { channelAxis: 'last', height: 3, width: 6 }],
  ['a map that could be either', [1, 7, 7, 7], square, {}, { channelAxis: 'first' }],
  ['a map as it is said', [1, 7, 7, 7], square, { channels: 'last' }, { channelAxis: 'last' }],
  ['a vector', [1, 1280], square, {}, { layout: 'vector', height: 1, width: 1, channels: 1280 }],
])('finds %s', (_, shape, image, options, expected) => {
  expect(arrangement(shape, image, options, 'the output')).toMatchObject(expected);
});

it.each<[string, number[], LayoutOptions, string]>([
  ['another number of axes', [1, 384], { layout: 'tokens' }, 'it does not match the layout tokens'],
  ['an output of five axes', [1, 2, 3, 4, 5], {}, 'a feature map cannot have so many axes'],
  ['tokens without a grid', [1, 259, 384], {}, '259, 258, 254 patches do not form a grid'],
  [
    'a number of tokens to skip that leaves none',
    [1, 257, 384],
    { skipTokens: 2 },
    '255 patches do not form a grid',
  ],
  ['another batch', [4, 257, 384], {}, 'the batch is not the first axis'],
  ['tokens to skip of a map', [1, 8, 7, 7], { skipTokens: 1 }, 'skipTokens works with tokens only'],
  ['channels of a vector', [1, 8], { channels: 'last' }, 'channels can be first or last only in a map'],
])('refuses %s', (_, shape, options, told) => refused(shape, options, told));

it('names the layout that would fit', () => {
  const fitting: readonly [FeatureLayout, number[]][] = [
    ['vector', [1, 8]],
    ['tokens', [1, 4, 8]],
    ['map', [1, 8, 2, 2]],
  ];
  for (const [layout, shape] of fitting) {
    const other = layout === 'map' ? 'vector' : 'map';
    expect(() => found(shape, square, { layout: other })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(`Set layout: ${layout},`) }),
    );
  }
});
