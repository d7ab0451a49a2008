import fc from 'fast-check';
import { LogisticFit, sigmoid } from './logistic-fit.js';

const rows = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

describe('LogisticFit', () => {
  it('finds the offset that gives the targets their share', () => {
    const all = rows(4);
    const fit = new LogisticFit(new Float64Array(4), Uint8Array.of(1, 0, 0, 0), [
      { rows: all, learned: all, precision: 0 },
    ]);
    for (const logit of fit.run(20).logits) expect(sigmoid(logit)).toBeCloseTo(1 / 4, 10);
  });

  it('ends where likelihood and priors balance, whatever the terms', () => {
    const row = fc.record({
      logit: fc.double({ min: -3, max: 3, noNaN: true }),
      target: fc.constantFrom(0, 1),
      isIn: fc.boolean(),
      x: fc.double({ min: -2, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), (data) => {
        const all = rows(data.length);
        const some = all.filter((i) => data[i].isIn);
        const values = Float64Array.from(data, ({ x }) => x);
        const start = Float64Array.from(data, ({ logit }) => logit);
        const targets = Uint8Array.from(data, ({ target }) => target);
        const terms = [
          { rows: all, learned: all, values, precision: 1 },
          { rows: all, learned: all, precision: 0.5 },
          { rows: some, learned: some, precision: 2 },
        ];
        const { logits } = new LogisticFit(start, targets, terms).run(300);
        // Weights from what each term added: solved from the rows, the derivative of the posterior must vanish.
        const error = (i: number) => sigmoid(logits[i]) - targets[i];
        const added = (i: number) => logits[i] - start[i];
        const [slope, offset, extra] = weightsOf(data, added);
        const sum = (of: Uint32Array, x: (i: number) => number) =>
          of.reduce((total, i) => total + error(i) * x(i), 0);
        fc.pre(slope !== undefined);
        expect(sum(all, (i) => values[i]) + 1 * slope!).toBeCloseTo(0, 6);
        expect(sum(all, () => 1) + 0.5 * offset!).toBeCloseTo(0, 6);
        if (some.length > 0) expect(sum(some, () => 1) + 2 * extra!).toBeCloseTo(0, 6);
      }),
    );
  });

  it('adds a term to rows that it is not learned from', () => {
    const fit = new LogisticFit(new Float64Array(3), Uint8Array.of(1, 1, 0), [
      { rows: Uint32Array.of(0, 2), learned: Uint32Array.of(0), precision: 1 },
    ]).run(20);
    expect(fit.logits[0]).toBeGreaterThan(0.1);
    expect(fit.logits[2]).toBe(fit.logits[0]);
    expect(fit.logits[1]).toBe(0);
  });
});

/** Slope, offset and the weight of `isIn` behind what was added to each row; undefined where the rows do not tell them. */
function weightsOf(
  data: readonly { readonly x: number; readonly isIn: boolean }[],
  added: (i: number) => number,
): readonly [number?, number?, number?] | [number, number, number] {
  const outside = [...data.keys()].filter((i) => !data[i].isIn);
  const [a, b] = [outside[0], outside.find((i) => Math.abs(data[i].x - data[outside[0]].x) > 0.1)];
  if (a === undefined || b === undefined) return [];
  const slope = (added(b) - added(a)) / (data[b].x - data[a].x);
  const offset = added(a) - slope * data[a].x;
  const inside = data.findIndex(({ isIn }) => isIn);
  return [slope, offset, inside < 0 ? 0 : added(inside) - slope * data[inside].x - offset];
}
