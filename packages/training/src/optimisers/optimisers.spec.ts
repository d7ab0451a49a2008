import { memory, tensor, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { useEngine } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import type { ParameterGroup } from './parameter-groups.js';
import { numbers, parameter } from './parameter.fixture.js';
import { adamw, type AdamWOptions } from './adamw.js';
import { clipGradients } from './clip-gradients.js';
import type { BoundOptimiser, Optimiser, StepRates } from './optimiser.js';
import { radam, type RAdamOptions } from './radam.js';
import { rmsprop, type RmspropOptions } from './rmsprop.js';
import { sam } from './sam.js';
import { sgd, type SgdOptions } from './sgd.js';

const SIZE = 6;
const STEPS = 12;
const WEIGHT_DECAY = 0.02;
const FACTOR = 2;
const random = new RandomStream(5, 'optimisers');
const START = Array.from({ length: SIZE }, () => random.normal());
const GRADIENTS = Array.from({ length: STEPS }, () => Array.from({ length: SIZE }, () => random.normal()));
/** A schedule that moves both: what one-cycle does. */
const rates = (step: number): Required<StepRates> => ({
  learningRate: 0.05 / (1 + step),
  momentum: 0.95 - step / 100,
});

function group(): ParameterGroup {
  return {
    parameters: [parameter('w', [2, 3], START)],
    learningRateFactor: FACTOR,
    weightDecay: WEIGHT_DECAY,
  };
}

async function step(
  bound: BoundOptimiser,
  values: readonly number[],
  at: StepRates,
  pass = 0,
): Promise<void> {
  const gradient = tensor([...values], [2, 3]);
  await bound.apply(pass, new Map([[weightOf(bound), gradient]]), at);
  gradient.dispose();
}

const weightOf = (bound: BoundOptimiser): Variable => variableOf(bound.groups[0].parameters[0]);

async function run(optimiser: Optimiser): Promise<number[]> {
  const bound = optimiser.bind([group()]);
  for (const [i, gradient] of GRADIENTS.entries()) await step(bound, gradient, rates(i));
  return numbers(weightOf(bound));
}

/** PyTorch's SGD, one element in float64. */
function sgdByHand(w: number, i: number, { dampening = 0, nesterov = false }: SgdOptions): number {
  let velocity = 0;
  GRADIENTS.forEach((gradients, t) => {
    const { learningRate, momentum } = rates(t);
    const g = gradients[i] + WEIGHT_DECAY * w;
    velocity = t === 0 ? g : momentum * velocity + (1 - dampening) * g;
    w -= FACTOR * learningRate * (nesterov ? g + momentum * velocity : velocity);
  });
  return w;
}

/** Loshchilov and Hutter (2019), algorithm 2, with Reddi et al.'s maximum (2018), one element in float64. */
function adamwByHand(
  w: number,
  i: number,
  { beta2 = 0.999, epsilon = 1e-8, amsgrad = false }: AdamWOptions,
): number {
  let [m, v, largest] = [0, 0, 0];
  GRADIENTS.forEach((gradients, t) => {
    const { learningRate, momentum: beta1 } = rates(t);
    const rate = FACTOR * learningRate;
    w *= 1 - rate * WEIGHT_DECAY;
    m = beta1 * m + (1 - beta1) * gradients[i];
    v = beta2 * v + (1 - beta2) * gradients[i] ** 2;
    largest = Math.max(largest, v);
    const second = (amsgrad ? largest : v) / (1 - beta2 ** (t + 1));
    w -= (rate * m) / (1 - beta1 ** (t + 1)) / (Math.sqrt(second) + epsilon);
  });
  return w;
}

/** PyTorch's RMSprop, one element in float64. */
function rmspropByHand(w: number, i: number, { alpha = 0.99, epsilon = 1e-8 }: RmspropOptions): number {
  let [square, velocity] = [0, 0];
  GRADIENTS.forEach((gradients, t) => {
    const { learningRate, momentum } = rates(t);
    const g = gradients[i] + WEIGHT_DECAY * w;
    square = alpha * square + (1 - alpha) * g * g;
    velocity = momentum * velocity + g / (Math.sqrt(square) + epsilon);
    w -= FACTOR * learningRate * velocity;
  });
  return w;
}

/** Liu et al. (2020), algorithm 2, with PyTorch's decay and epsilon, one element in float64. */
function radamByHand(w: number, i: number, { beta2 = 0.999, epsilon = 1e-8 }: RAdamOptions): number {
  let [m, v] = [0, 0];
  const longest = 2 / (1 - beta2) - 1;
  GRADIENTS.forEach((gradients, index) => {
    const t = index + 1;
    const { learningRate, momentum: beta1 } = rates(index);
    const g = gradients[i] + WEIGHT_DECAY * w;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const corrected = m / (1 - beta1 ** t);
    const length = longest - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    let step = corrected;
    if (length > 5) {
      const variance = ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length);
      step *= (Math.sqrt(variance) * Math.sqrt(1 - beta2 ** t)) / (Math.sqrt(v) + epsilon);
    }
    w -= FACTOR * learningRate * step;
  });
  return w;
}

function expectAllClose(got: readonly number[], expected: readonly number[], digits = 5): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], digits));
}

describe.each(['cpu', 'wasm'] as const)('on %s', (engine) => {
  beforeAll(() => useEngine(engine));

  it.each<SgdOptions>([{}, { nesterov: true }, { dampening: 0.3 }])(
    'sgd %j follows its equations',
    async (options) => {
      expectAllClose(
        await run(sgd(options)),
        START.map((w, i) => sgdByHand(w, i, options)),
      );
    },
  );

  it.each<AdamWOptions>([{}, { beta2: 0.9, epsilon: 1e-3 }, { amsgrad: true, beta2: 0.8 }])(
    'adamw %j follows its equations',
    async (options) => {
      expectAllClose(
        await run(adamw(options)),
        START.map((w, i) => adamwByHand(w, i, options)),
      );
    },
  );

  it.each<RmspropOptions>([{}, { alpha: 0.8, epsilon: 1e-3 }])(
    'rmsprop %j follows its equations',
    async (options) => {
      expectAllClose(
        await run(rmsprop(options)),
        START.map((w, i) => rmspropByHand(w, i, options)),
      );
    },
  );

  it.each<RAdamOptions>([{}, { beta2: 0.9, epsilon: 1e-3 }])(
    'radam %j follows its equations',
    async (options) => {
      expectAllClose(
        await run(radam(options)),
        START.map((w, i) => radamByHand(w, i, options)),
      );
    },
  );

  it.each([
    ['sgd', sgd({ dampening: 0.3 })],
    ['adamw', adamw()],
    ['radam', radam({ beta2: 0.9 })],
  ])('%s starts a parameter that joins later as it started the first', async (_, optimiser) => {
    const [early, late] = [parameter('early', [2, 3], START), parameter('late', [2, 3], START)];
    const bound = optimiser.bind([{ parameters: [early, late], learningRateFactor: 1, weightDecay: 0 }]);
    const apply = async (values: readonly number[], ...moved: (typeof early)[]) => {
      const gradient = tensor([...values], [2, 3]);
      await bound.apply(0, new Map(moved.map((one) => [variableOf(one), gradient])), { learningRate: 0.1 });
      gradient.dispose();
    };
    for (const gradient of GRADIENTS.slice(0, 3)) await apply(gradient, early);
    expect(numbers(variableOf(late))).toEqual(START.map(Math.fround));
    for (const gradient of GRADIENTS.slice(0, 3)) await apply(gradient, late);
    expect(numbers(variableOf(late))).toEqual(numbers(variableOf(early)));
  });

  it('uses its own momentum when the schedule has none', async () => {
    const [own, given] = [sgd({ momentum: 0.5 }).bind([group()]), sgd({ momentum: 0.9 }).bind([group()])];
    for (const gradient of GRADIENTS) {
      await step(own, gradient, { learningRate: 0.1 });
      await step(given, gradient, { learningRate: 0.1, momentum: 0.5 });
    }
    expect(numbers(weightOf(own))).toEqual(numbers(weightOf(given)));
  });

  it('leaves a weight without a gradient as it is, decay and all', async () => {
    const bound = adamw().bind([group()]);
    await bound.apply(0, new Map(), rates(0));
    expect(numbers(weightOf(bound))).toEqual(START.map(Math.fround));
  });

  describe.each([
    ['sgd', sgd({ dampening: 0.2 })],
    ['adamw', adamw({ amsgrad: true })],
    ['rmsprop', rmsprop()],
    ['radam', radam({ beta2: 0.9 })],
    ['sam', sam(adamw())],
  ])('%s', (_, optimiser) => {
    const both = async (bound: BoundOptimiser, i: number) => {
      for (let pass = 0; pass < bound.passes; pass++)
        await step(bound, GRADIENTS[(i + pass) % STEPS], rates(i), pass);
    };

    it('continues from a snapshot to the same bits', async () => {
      const straight = optimiser.bind([group()]);
      for (let i = 0; i < 6; i++) await both(straight, i);

      const first = optimiser.bind([group()]);
      for (let i = 0; i < 3; i++) await both(first, i);
      const { steps, tensors } = first.snapshot();
      expect(steps).toEqual({ w: 3 });
      const saved = new Map<string, Tensor>(
        [...tensors].map(([name, t]) => [name, tensor(t.dataSync().slice(), t.shape)]),
      );
      const second = optimiser.bind(first.groups);
      second.restore({ steps, tensors: saved });
      saved.forEach((t) => t.dispose());
      for (let i = 3; i < 6; i++) await both(second, i);
      expect(numbers(weightOf(second))).toEqual(numbers(weightOf(straight)));
    });

    it('refuses the state of another model', () => {
      const bound = optimiser.bind([group()]);
      expect(() => bound.restore({ steps: { w: 1 }, tensors: new Map() })).toThrow(
        expect.objectContaining({ code: 'checkpoint/optimiser-state' }),
      );
    });

    it('keeps the number of tensors and gives all of its own back', async () => {
      const groups = [group()];
      const before = memory().numTensors;
      const bound = optimiser.bind(groups);
      await both(bound, 0);
      const during = memory().numTensors;
      for (let i = 1; i < 6; i++) await both(bound, i);
      expect(memory().numTensors).toBe(during);
      bound.dispose();
      expect(memory().numTensors).toBe(before);
    });
  });

  describe('sam', () => {
    const norm = (values: readonly number[]) =>
      Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

    it('climbs by rho along the gradient, then steps from the old weights with the second gradient', async () => {
      const bound = sam(sgd(), { rho: 0.3 }).bind([group()]);
      await step(bound, GRADIENTS[0], rates(0), 0);
      const length = norm(GRADIENTS[0]);
      expectAllClose(
        numbers(weightOf(bound)),
        START.map((w, i) => w + (0.3 * GRADIENTS[0][i]) / length),
      );
      await step(bound, GRADIENTS[1], rates(0), 1);

      const plain = sgd().bind([group()]);
      await step(plain, GRADIENTS[1], rates(0));
      expect(numbers(weightOf(bound))).toEqual(numbers(weightOf(plain)));
    });

    it('measures the neighbourhood by the weights when adaptive', async () => {
      const bound = sam(sgd(), { rho: 0.3, adaptive: true }).bind([group()]);
      await step(bound, GRADIENTS[0], rates(0), 0);
      const length = norm(START.map((w, i) => Math.abs(w) * GRADIENTS[0][i]));
      expectAllClose(
        numbers(weightOf(bound)),
        START.map((w, i) => w + (0.3 * w * w * GRADIENTS[0][i]) / length),
      );
    });

    it('measures one norm over all groups, and climbs at no learning rate of theirs', async () => {
      const weights = ['a', 'b'].map((key) => parameter(key, [2, 3], START));
      const bound = sam(sgd(), { rho: 0.3 }).bind(
        weights.map((one, i) => ({ parameters: [one], learningRateFactor: 1 + i, weightDecay: 0.1 * i })),
      );
      const gradients = [tensor(GRADIENTS[0], [2, 3]), tensor(GRADIENTS[1], [2, 3])];
      await bound.apply(0, new Map(weights.map((one, i) => [variableOf(one), gradients[i]])), rates(0));
      const length = norm([...GRADIENTS[0], ...GRADIENTS[1]]);
      weights.forEach((one, p) =>
        expectAllClose(
          numbers(variableOf(one)),
          START.map((w, i) => w + (0.3 * GRADIENTS[p][i]) / length),
        ),
      );
      gradients.forEach((gradient) => gradient.dispose());
    });

    it('leaves a clone of a weight alone, and is as good when the weight is shared', async () => {
      const [bound, other] = [
        sam(sgd(), { rho: 0.3 }).bind([group()]),
        sam(sgd(), { rho: 0.3 }).bind([group()]),
      ];
      for (const [i, gradient] of GRADIENTS.slice(0, 4).entries()) {
        const copy = weightOf(bound).clone();
        const before = numbers(copy);
        for (const pass of [0, 1]) {
          await step(bound, gradient, rates(i), pass);
          await step(other, gradient, rates(i), pass);
        }
        expect(numbers(copy)).toEqual(before);
        copy.dispose();
      }
      expectAllClose(numbers(weightOf(bound)), numbers(weightOf(other)), 6);
    });

    it.each([false, true])('stays where it is when the gradient is zero (adaptive: %p)', async (adaptive) => {
      const bound = sam(sgd(), { adaptive }).bind([group()]);
      await step(bound, [0, 0, 0, 0, 0, 0], rates(0), 0);
      expect(numbers(weightOf(bound))).toEqual(START.map(Math.fround));
    });

    it.each([
      ['sgd', sgd()],
      ['adamw', adamw()],
      ['rmsprop', rmsprop()],
      ['radam', radam()],
    ])('abandoned between its passes, leaves weights and state of %s as they were', async (_, base) => {
      const [stopped, straight] = [sam(base).bind([group()]), sam(base).bind([group()])];
      const both = async (bound: BoundOptimiser, i: number) => {
        await step(bound, GRADIENTS[i], rates(i), 0);
        await step(bound, GRADIENTS[i + 1], rates(i), 1);
      };
      await both(stopped, 0);
      const before = numbers(weightOf(stopped));
      await step(stopped, GRADIENTS[3], rates(1), 0);
      stopped.abandon();
      expect(numbers(weightOf(stopped))).toEqual(before);
      await both(stopped, 1);
      await both(straight, 0);
      await both(straight, 1);
      expect(numbers(weightOf(stopped))).toEqual(numbers(weightOf(straight)));
    });
  });

  describe('clipGradients', () => {
    const gradients = () => {
      const [one, two] = [group(), group()].map(({ parameters: [weight] }) => variableOf(weight));
      return new Map<Variable, Tensor>([
        [one, tensor([3, 0, 0, 0, 0, 0], [2, 3])],
        [two, tensor([0, 0, 0, 0, 4, 0], [2, 3])],
      ]);
    };
    const values = (given: Map<Variable, Tensor>) => [...given.values()].flatMap(numbers);
    const LONG = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0];

    it('shortens a gradient that is too long to the limit, and leaves no tensor over', () => {
      const given = gradients();
      const before = memory().numTensors;
      clipGradients(given, 5, 0.5);
      expect(memory().numTensors).toBe(before);
      expectAllClose(
        values(given),
        LONG.map((value) => value / 10),
        6,
      );
    });

    it('scales what two variables have in common once, and nothing that another reads', () => {
      const given = gradients();
      const [[one, gradient], [two]] = given;
      given.set(two, gradient);
      const copy = gradient.clone();
      clipGradients(given, 6, 3);
      expectAllClose(numbers(given.get(one)!), [1.5, 0, 0, 0, 0, 0]);
      expect(given.get(two)).toBe(given.get(one));
      expect(numbers(copy)).toEqual([3, 0, 0, 0, 0, 0]);
    });

    it.each([0, 7])('leaves a gradient of length 5 alone at limit %d', (limit) => {
      const given = gradients();
      clipGradients(given, 5, limit);
      expect(values(given)).toEqual(LONG);
    });
  });
});
