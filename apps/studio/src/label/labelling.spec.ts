import * as fc from 'fast-check';
import { labellingOf, textOf } from './label-text.ts';
import { ABSENT, Labelling, PRESENT, UNKNOWN, type State } from './labelling.ts';

it('undoes every deed, one after another', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({ label: fc.constantFrom('a', 'b', 'c', 'd') }),
          fc.record({
            images: fc.uniqueArray(fc.nat(4), { minLength: 1 }),
            k: fc.nat(1),
            state: fc.constantFrom<State>(ABSENT, PRESENT, UNKNOWN),
          }),
        ),
      ),
      (deeds) => {
        const labelling = new Labelling(5, ['a', 'b'], [new Uint8Array(5), new Uint8Array(5).fill(UNKNOWN)]);
        const picture = () =>
          JSON.stringify([labelling.labels, labelling.states.map((states) => [...states])]);
        const before = [picture()];
        for (const deed of deeds) {
          if ('label' in deed) labelling.addLabel(deed.label);
          else labelling.set(deed.images, deed.k, deed.state);
          if (picture() !== before.at(-1)) before.push(picture());
        }
        for (const expected of before.toReversed()) {
          expect(picture()).toBe(expected);
          labelling.undo();
        }
        expect(labelling.canUndo).toBe(false);
      },
    ),
  );
});

it('a new label is unknown of every photograph', () => {
  const labelling = new Labelling(3, [], []);
  expect(labelling.isUntouched(1)).toBe(true);
  const k = labelling.addLabel('cat');
  expect(labelling.common([0, 1, 2], k)).toBe(UNKNOWN);
  labelling.set([1], k, ABSENT);
  expect([labelling.isUntouched(0), labelling.isUntouched(1)]).toEqual([true, false]);
  expect(labelling.common([0, 1], k)).toBeUndefined();
});

it('a label file keeps what is known, and what is not, there and back', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.stringMatching(/^[a-z"<]{1,4}$/), { minLength: 1, maxLength: 4 }),
      fc.array(fc.array(fc.constantFrom<State>(ABSENT, PRESENT, UNKNOWN), { minLength: 4, maxLength: 4 }), {
        maxLength: 6,
      }),
      (labels, rows) => {
        const states = labels.map((_, k) => Uint8Array.from(rows, (row) => row[k]));
        const names = rows.map((_, i) => `${i}.jpg`);
        const read = labellingOf(textOf(names, new Labelling(rows.length, labels, states)), 'labels.json');
        expect([read.names, read.labelling.labels, read.labelling.states]).toEqual([names, labels, states]);
      },
    ),
  );
});
