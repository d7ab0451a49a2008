import { ABSENT, Labelling, PRESENT, UNKNOWN, type State } from './labelling.ts';
import { describedMarks, marksOf } from './marks.ts';

const labellingOf = (states: readonly State[]) =>
  new Labelling(
    1,
    states.map((_, k) => `label ${k}`),
    states.map((state) => Uint8Array.of(state)),
  );

it('marks each of a few labels, so that absent is told from unknown', () => {
  const few = labellingOf([PRESENT, ABSENT, UNKNOWN]);
  expect(marksOf(few, 0)).toEqual([{ state: PRESENT }, { state: ABSENT }, { state: UNKNOWN }]);
  expect(describedMarks(few, 0)).toBe('present: label 0; unknown: label 2; absent: label 1');
});

it('counts many labels, and still names those that are present', () => {
  const many = labellingOf([PRESENT, UNKNOWN, ...Array.from({ length: 80 }, (): State => ABSENT)]);
  expect(marksOf(many, 0)).toEqual([
    { state: PRESENT, count: 1 },
    { state: ABSENT, count: 80 },
    { state: UNKNOWN, count: 1 },
  ]);
  expect(describedMarks(many, 0)).toBe('present: label 0; unknown: label 1; absent: 80 labels');
});

it('marks the one label that is looked at', () => {
  expect(marksOf(labellingOf([PRESENT, ABSENT]), 0, 1)).toEqual([{ state: ABSENT }]);
});
