import fc from 'fast-check';
import { AscendingOrder } from './ascending-order.js';

function expected(values: Float64Array): number[] {
  return [...values.keys()].sort((a, b) => values[a] - values[b] || a - b);
}

describe('AscendingOrder', () => {
  it('is the stable numeric order of any doubles', () => {
    const doubles = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(-0, 0, 0.5, 1, Number.MIN_VALUE),
    );
    fc.assert(
      fc.property(fc.array(doubles, { maxLength: 200 }), (list) => {
        const values = Float64Array.from(list);
        expect([...new AscendingOrder(values.length).of(values)]).toEqual(expected(values));
      }),
    );
  });

  it('tells apart doubles that share their upper half, in short and long runs', () => {
    for (const length of [20, 500]) {
      const values = Float64Array.from({ length }, (_, i) => 1 - ((i * 7919) % length) * 2 ** -50);
      expect([...new AscendingOrder(length).of(values)]).toEqual(expected(values));
    }
  });

  it('ranks infinities at the ends', () => {
    expect([...new AscendingOrder(4).of(Float64Array.of(Infinity, 1, -Infinity, -1))]).toEqual([2, 3, 1, 0]);
  });

  it('ranks one column after another, shorter ones too', () => {
    const order = new AscendingOrder(5);
    order.of(Float64Array.of(5, 4, 3, 2, 1));
    expect([...order.of(Float64Array.of(2, 1, 9, 9, 9), 2)]).toEqual([1, 0]);
  });
});
