import { useEngine } from '@polytag/engine';
import { parameter } from './parameter.fixture.js';
import { parameterGroups } from './parameter-groups.js';

beforeAll(() => useEngine('cpu'));

const matrix = (key: string, options = {}) => parameter(key, [2, 2], [1, 2, 3, 4], options);
const vector = (key: string, options = {}) => parameter(key, [2], [1, 2], options);

const model = () => [
  matrix('body.conv1.0.weight'),
  vector('body.conv1.1.weight'),
  vector('body.conv1.1.bias'),
  vector('body.conv1.1.running_mean', { buffer: true }),
  matrix('decoder.query_embed.weight', { trainable: false }),
  matrix('decoder.layers.0.multihead_attn.in_proj_weight'),
  vector('decoder.layers.0.multihead_attn.in_proj_bias'),
  vector('decoder.layers.0.norm1.weight'),
  matrix('decoder.duplicate_pooling'),
  vector('decoder.duplicate_pooling_bias'),
  vector('model.act2.weight'),
  matrix('gc1.a'),
  matrix('encoder.norm.weight'),
];

it("sorts parameters by the authors' rules (docs/method.md#parameter-groups)", () => {
  const groups = parameterGroups(model(), { weightDecay: 5e-4 });
  const described = groups.map(({ parameters, ...rest }) => ({
    keys: parameters.map((p) => p.key),
    ...rest,
  }));
  expect(described).toEqual([
    {
      keys: [
        'body.conv1.0.weight',
        'decoder.layers.0.multihead_attn.in_proj_weight',
        'decoder.duplicate_pooling',
        'gc1.a',
      ],
      learningRateFactor: 1,
      weightDecay: 5e-4,
    },
    {
      keys: [
        'body.conv1.1.bias',
        'decoder.layers.0.multihead_attn.in_proj_bias',
        'decoder.duplicate_pooling_bias',
      ],
      learningRateFactor: 2,
      weightDecay: 0,
    },
    {
      keys: [
        'body.conv1.1.weight',
        'decoder.layers.0.norm1.weight',
        'model.act2.weight',
        'encoder.norm.weight',
      ],
      learningRateFactor: 1,
      weightDecay: 0,
    },
  ]);
});

it('puts a trainable query matrix with the norms', () => {
  const [group] = parameterGroups([matrix('decoder.query_embed.weight')], { weightDecay: 1 });
  expect(group.weightDecay).toBe(0);
});

it('makes one group that decays when asked to, still without frozen weights and buffers', () => {
  const groups = parameterGroups(model(), { weightDecay: 0.1, noBiasDecay: false });
  expect(groups).toHaveLength(1);
  expect(groups[0]).toMatchObject({ learningRateFactor: 1, weightDecay: 0.1 });
  expect(groups[0].parameters).toHaveLength(11);
});
