import { RandomStream } from '@polytag/core';
import { composeScene, PLACES, SCENE_LABELS, WEATHER, type SceneLabel } from './grammar.js';

const SCENES = 4000;
const contents = Array.from({ length: SCENES }, (_, i) => composeScene(new RandomStream(11, `grammar/${i}`)));

/** Frequency of scenes with all of `labels`, among those with all of `given`. */
function frequency(labels: readonly SceneLabel[], given: readonly SceneLabel[] = []) {
  const among = contents.filter(({ objects }) => given.every((label) => objects.includes(label)));
  const hits = among.filter(({ objects }) => labels.every((label) => objects.includes(label)));
  return { value: hits.length / among.length, among: among.length };
}

/** Four standard deviations of a binomial frequency. */
function expectNear({ value, among }: { value: number; among: number }, chance: number): void {
  expect(Math.abs(value - chance)).toBeLessThanOrEqual(4 * Math.sqrt((chance * (1 - chance)) / among));
}

describe('the grammar of scenes', () => {
  it('has chances that sum to 1 and labels in vocabulary order', () => {
    const total = (chapters: Record<string, { chance: number }>) =>
      Object.values(chapters).reduce((sum, { chance }) => sum + chance, 0);
    expect(total(WEATHER)).toBeCloseTo(1, 12);
    expect(total(PLACES)).toBeCloseTo(1, 12);
    expect([...SCENE_LABELS].sort()).toEqual([...SCENE_LABELS]);
    const used = [...Object.values(WEATHER), ...Object.values(PLACES)].flatMap(({ rules }) => rules);
    expect(new Set(used.map(({ label }) => label))).toEqual(new Set(SCENE_LABELS));
  });

  it('draws weathers and places as often as it says', () => {
    for (const [name, { chance }] of Object.entries(WEATHER)) {
      expectNear(
        { value: contents.filter(({ weather }) => weather === name).length / SCENES, among: SCENES },
        chance,
      );
    }
    for (const [name, { chance }] of Object.entries(PLACES)) {
      expectNear(
        { value: contents.filter(({ place }) => place === name).length / SCENES, among: SCENES },
        chance,
      );
    }
  });

  it('lets labels occur together as its rules say', () => {
    expectNear(frequency(['rain']), WEATHER.rainy.chance);
    expectNear(frequency(['cloud'], ['rain']), 0.8);
    expectNear(frequency(['star'], ['moon']), 0.85);
    expectNear(frequency(['boat']), PLACES.sea.chance * 0.8);
    expectNear(frequency(['traffic light'], ['car']), 0.7);
    expectNear(frequency(['umbrella'], ['rain', 'person']), 0.85);
    expectNear(frequency(['moon', 'star']), WEATHER.night.chance * 0.75 * 0.85);
  });

  it('never draws what its rules exclude', () => {
    for (const [a, b] of [
      ['boat', 'car'],
      ['sun', 'moon'],
      ['rain', 'sun'],
      ['fish', 'tree'],
      ['star', 'cloud'],
    ] as const) {
      expect(frequency([a, b]).value).toBe(0);
    }
    expect(frequency(['person'], ['umbrella']).value).toBe(1);
  });

  it('gives three to five labels a scene on average, and every label often enough to be learned', () => {
    const labels = contents.map(({ objects }) => new Set(objects).size);
    const mean = labels.reduce((sum, count) => sum + count, 0) / SCENES;
    expect(mean).toBeGreaterThan(3);
    expect(mean).toBeLessThan(5);
    for (const label of SCENE_LABELS) expect(frequency([label]).value).toBeGreaterThan(0.05);
  });
});
