import { publishedWeights } from '@polytag/backbones/presets';
import { HALF, UNIT, type BackboneDefinition, type HeadDefinition } from '@polytag/core';
import { builtInParts } from '../config/built-in-parts.js';
import type { PartReference } from '../config/model-config.js';
import { agreeWithPublished, type PublishedUse } from './agree-with-published.js';
import { fillFromKnown } from './fill-from-known.js';
import { findPublished } from './find-published.js';

const place = { source: 'a.yaml', path: 'model' };
const linear = { name: 'linear' };
const definitionOf = (kind: string, name: string) =>
  builtInParts.find((part) => part.kind === kind && part.name === name)!;

/** The first row that a config finds, and the parts that it makes of it. */
function settle(backbone: PartReference, name: string, more: Partial<PublishedUse> = {}) {
  const row = findPublished(backbone, name, place);
  return { row, ...agreeWithPublished({ backbone, head: linear, whole: false, ...more }, row, place) };
}

describe.each(publishedWeights.map((row) => [row.backbone, row.name, row.layout ?? '', row] as const))(
  '%s: %s %s',
  (_, name, layout, row) => {
    const { widthMultiplier = 1 } = row;
    const options = { ...(layout && { layout }), ...(widthMultiplier !== 1 && { widthMultiplier }) };

    it('is found by backbone, name, layout and width', () => {
      expect(findPublished({ name: row.backbone, options }, name, place)).toBe(row);
    });

    it('makes a backbone with the normalisation and padding of the weights', () => {
      const { backbone } = settle({ name: row.backbone, options }, name);
      const definition = definitionOf('backbone', row.backbone) as BackboneDefinition;
      const made = definition.create(definition.options.parse(backbone.options));
      expect([made.normalisation, made.padding]).toEqual([row.normalisation, row.padding]);
      expect(definition.options.parse(backbone.options)).toMatchObject({ epsilon: row.epsilon });
      expect(made.penultimate?.epsilon ?? row.epsilon).toBe(row.epsilon);
    });

    it('says nothing that the layout does not', () => {
      // A row and the defaults of its layout are two statements of one fact.
      const definition = definitionOf('backbone', row.backbone) as BackboneDefinition;
      const made = definition.create(definition.options.parse(options));
      expect([made.normalisation, made.padding]).toEqual([row.normalisation, row.padding]);
      expect(made.penultimate?.epsilon ?? row.epsilon).toBe(row.epsilon);
    });

    it('has the digits of its checksum in its address, and a head that can be made', () => {
      expect(new URL(row.address).protocol).toBe('https:');
      expect(/-([0-9a-f]{8})\.pth$/.exec(row.address)?.[1]).toBe(row.sha256);
      if (!row.head) return;
      const definition = definitionOf('head', row.head.name) as HeadDefinition;
      expect(definition.create(definition.options.parse(row.head.options)).space).toBe('logits');
    });
  },
);

it('no two rows are found by the same words', () => {
  const words = publishedWeights.map(({ backbone, name, layout, widthMultiplier }) =>
    [backbone, name, layout, widthMultiplier].join(),
  );
  expect(new Set(words).size).toBe(words.length);
});

it('takes the first of several layouts, and fills it in', () => {
  expect(settle({ name: 'mobilenet-v3-large', options: { seed: 4 } }, 'imagenet').backbone).toEqual({
    name: 'mobilenet-v3-large',
    options: {
      layout: 'torchvision',
      widthMultiplier: 1,
      padding: 'symmetric',
      epsilon: 1e-3,
      normalisation: 'imagenet',
      seed: 4,
    },
  });
  expect(settle({ name: 'mobilenet-v3-large' }, 'imagenet21k').backbone.options).toMatchObject({
    layout: 'timm',
    normalisation: 'unit',
  });
});

it('settles what is settled already to the same', () => {
  const once = settle({ name: 'efficientnet-v2-s' }, 'imagenet21k').backbone;
  expect(settle(once, 'imagenet21k').backbone).toEqual(once);
});

describe('fillFromKnown', () => {
  const known = {
    origin: 'a file',
    layout: 'torchvision',
    padding: 'same',
    epsilon: 1e-3,
    normalisation: HALF,
  } as const;

  it('fills in what the config does not say', () => {
    expect(fillFromKnown({ name: 'mobilenet-v3-small' }, known)).toEqual({
      backbone: {
        name: 'mobilenet-v3-small',
        options: { layout: 'torchvision', padding: 'same', epsilon: 1e-3, normalisation: 'half' },
      },
      differing: [],
    });
  });

  it('leaves what it says, and tells of it; of the normalisation what the images get', () => {
    const backbone = {
      name: 'mobilenet-v3-small',
      options: { padding: 'symmetric', normalisation: 'imagenet' },
    };
    expect(fillFromKnown(backbone, known)).toEqual({
      backbone: { ...backbone, options: { layout: 'torchvision', epsilon: 1e-3, ...backbone.options } },
      differing: [
        { key: 'backbone.options.padding', own: 'symmetric', trained: 'same' },
        { key: 'backbone.options.normalisation', own: 'imagenet', trained: 'half' },
      ],
    });
    expect(fillFromKnown(backbone, known, HALF).differing.map(({ key }) => key)).toEqual([
      'backbone.options.padding',
    ]);
    expect(fillFromKnown({ name: 'mobilenet-v3-small' }, known, UNIT).differing).toEqual([
      { key: 'data.normalisation', own: 'unit', trained: 'half' },
    ]);
  });
});

it('fills in the head of a whole model', () => {
  const use = { head: { name: 'ml-decoder' }, whole: true };
  expect(settle({ name: 'tresnet-m' }, 'open-images', use).head).toEqual({
    name: 'ml-decoder',
    options: { space: 'logits', groups: 200 },
  });
  expect(settle({ name: 'tresnet-m' }, 'open-images', { ...use, whole: false }).head).toBe(use.head);
});

it.each<[string, PartReference, string, Partial<PublishedUse>, string]>([
  [
    'padding',
    { name: 'efficientnet-v2-s', options: { padding: 'symmetric' } },
    'imagenet21k',
    {},
    'model.backbone.options.padding" is "symmetric", but the weights "imagenet21k" were trained with "same"',
  ],
  [
    'epsilon',
    { name: 'mobilenet-v3-small', options: { layout: 'torchvision', epsilon: 1e-5 } },
    'imagenet',
    {},
    'model.backbone.options.epsilon" is 0.00001',
  ],
  [
    'normalisation of the backbone',
    { name: 'tresnet-l', options: { normalisation: 'half' } },
    'coco',
    {},
    'model.backbone.options.normalisation"',
  ],
  [
    'normalisation of the images',
    { name: 'tresnet-l' },
    'coco',
    { normalisation: HALF },
    'data.normalisation"',
  ],
  [
    'head',
    { name: 'tresnet-l' },
    'coco',
    { whole: true },
    'model.head.name" is "linear", but the weights "coco" were trained with "ml-decoder"',
  ],
  [
    'space of the head',
    { name: 'tresnet-l' },
    'coco',
    { whole: true, head: { name: 'ml-decoder', options: { space: 'cosines' } } },
    'model.head.options.space" is "cosines"',
  ],
])('refuses another %s', (_, backbone, name, more, said) => {
  expect(() => settle(backbone, name, more)).toThrow(
    expect.objectContaining({
      code: 'usage/weights-differ',
      message: expect.stringContaining(`a.yaml: "${said}`),
      hint: expect.stringContaining('--set model.weights=https://'),
    }),
  );
});

it('takes the same in other words', () => {
  const options = { normalisation: UNIT, epsilon: 0.00001 };
  expect(
    settle({ name: 'tresnet-l', options }, 'coco', { normalisation: UNIT }).backbone.options,
  ).toMatchObject(options);
});

it.each<[PartReference, string, string, RegExp]>([
  [
    { name: 'mobilenet-v3-small' },
    'imagnet',
    'mobilenet-v3-small has no weights of that name',
    /Did you mean "imagenet"\?/,
  ],
  [
    { name: 'tresnet-m' },
    'voc',
    'tresnet-m has no weights of that name',
    /Published: coco, open-images, imagenet21k, imagenet\./,
  ],
  [
    { name: 'mobilenet-v3-small', options: { layout: 'timm' } },
    'imagenet',
    'in this layout and width',
    /Published: layout torchvision, widthMultiplier 1; layout reference/,
  ],
  [
    { name: 'mobilenet-v3-large', options: { widthMultiplier: 0.5 } },
    'imagenet',
    'in this layout and width',
    /layout reference, widthMultiplier 0\.75/,
  ],
  [
    { module: './mine.js' },
    'imagenet',
    'the module ./mine.js has no weights of that name',
    /For a file, write/,
  ],
])('refuses what there is not: %j %s', (backbone, name, said, hint) => {
  expect(() => findPublished(backbone, name, place)).toThrow(
    expect.objectContaining({
      code: 'usage/unknown-weights',
      message: expect.stringMatching(new RegExp(`^a.yaml: "model.weights" is "${name}": .*${said}`)),
      hint: expect.stringMatching(hint),
    }),
  );
});
