import { plantLabels } from './plant-labels.js';

const labelsOf = Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? [0, 0, 1] : i % 4 === 1 ? [0] : []));

describe('plantLabels', () => {
  const { planted, labels } = plantLabels(labelsOf, { share: 0.1, seed: 1 });

  it('removes a share of the labels, adds as many, and changes no other', () => {
    expect(planted.filter(({ kind }) => kind === 'missing')).toHaveLength(30);
    expect(planted.filter(({ kind }) => kind === 'extra')).toHaveLength(30);
    const changed = new Map(planted.map(({ image, label, kind }) => [`${image} ${label}`, kind]));
    expect(changed.size).toBe(60);
    labelsOf.forEach((before, image) => {
      for (const label of [0, 1]) {
        const kind = changed.get(`${image} ${label}`);
        const [was, is] = [before, labels[image]].map((list) => list.includes(label));
        expect([was, is]).toEqual(
          kind === 'extra' ? [false, true] : kind === 'missing' ? [true, false] : [was, was],
        );
      }
    });
  });

  it('draws the same again from the same seed alone', () => {
    expect(plantLabels(labelsOf, { share: 0.1, seed: 1 }).planted).toEqual(planted);
    expect(plantLabels(labelsOf, { share: 0.1, seed: 2 }).planted).not.toEqual(planted);
  });

  it('adds labels as often as they are common', () => {
    const { planted: many } = plantLabels(labelsOf, { share: 0.5, seed: 3 });
    const of = (label: number) => many.filter((one) => one.kind === 'extra' && one.label === label).length;
    // 200 of 300 labels are 0; images without it are fewer. Five standard errors.
    const expected = (150 * ((2 / 3) * 0.5)) / ((2 / 3) * 0.5 + (1 / 3) * 0.75);
    expect(Math.abs(of(0) - expected)).toBeLessThan(5 * Math.sqrt(150 / 4));
    expect(of(0) + of(1)).toBe(150);
  });
});
