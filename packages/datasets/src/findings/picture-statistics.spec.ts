import type { ImageFacts } from '../examination/image-facts.js';
import { pictureStatistics } from './picture-statistics.js';

it('counts formats and colours and gives the spread of sizes', () => {
  const facts = (width: number, height: number, more: Partial<ImageFacts> = {}): ImageFacts => ({
    ...{ format: 'jpeg', colour: 'RGB', fileBytes: 100, width, height },
    ...more,
  });
  expect(pictureStatistics([])).toBeUndefined();
  expect(
    pictureStatistics([
      facts(100, 50),
      facts(9, 90),
      facts(30, 30, { format: 'png', colour: 'grey' }),
      facts(40, 20),
    ]),
  ).toEqual({
    images: 4,
    fileBytes: 400,
    width: { least: 9, median: 30, most: 100 },
    height: { least: 20, median: 30, most: 90 },
    aspectRatio: { least: 0.1, median: 1, most: 2 },
    formats: [
      ['jpeg', 3],
      ['png', 1],
    ],
    colours: [
      ['RGB', 3],
      ['grey', 1],
    ],
  });
});
