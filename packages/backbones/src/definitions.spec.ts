import { backboneDefinitions } from './definitions.js';

it('names every built-in backbone once', () => {
  expect(backboneDefinitions.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'backbone mobilenet-v3-large',
    'backbone mobilenet-v3-small',
    'backbone efficientnet-v2-s',
    'backbone efficientnet-v2-m',
    'backbone efficientnet-v2-l',
    'backbone tresnet-m',
    'backbone tresnet-l',
    'backbone tresnet-xl',
    'backbone tresnet-l-v1',
    'backbone tresnet-xl-v1',
    'backbone vit-s-14',
    'backbone vit-s-14-reg',
    'backbone vit-b-14',
    'backbone vit-b-14-reg',
    'backbone vit-l-14',
    'backbone vit-l-14-reg',
  ]);
});
