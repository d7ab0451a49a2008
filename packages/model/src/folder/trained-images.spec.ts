import { RandomStream } from '@polytag/core';
import { TrainedImages, trainedImagesSchema } from './trained-images.js';

const random = new RandomStream(1, 'digests');
const digests = (count: number) =>
  Array.from({ length: count }, () => Math.floor(2 ** 40 * random.uniform()));
/** There and back as the file has it. */
const kept = (images: TrainedImages) =>
  TrainedImages.fromFile(trainedImagesSchema.parse(JSON.parse(JSON.stringify(images.toFile()))), 'file');

it.each([0, 1, 300])('tells which of some images are those that it was made of: %i', (count) => {
  const [own, other] = [[...digests(count), 0, 2 ** 40 - 1].slice(0, count), digests(200)];
  const images = kept(TrainedImages.of(own));
  expect(images.images).toBe(count);
  expect(images.count([...own, ...other])).toEqual({ among: count, of: count + 200 });
});

it('keeps a sample of many, in which the share of known images is that of all', () => {
  const own = digests(80_000);
  const images = kept(TrainedImages.of(own));
  expect(JSON.stringify(images.toFile()).length).toBeLessThan(140_000);
  const { among, of } = images.count([...own.slice(0, 30_000), ...digests(10_000)]);
  // A quarter can be told: 10,000 draws of a share of 3/4, within five standard deviations.
  expect(Math.abs(of - 10_000)).toBeLessThan(5 * Math.sqrt(40_000 * 0.25 * 0.75));
  expect(Math.abs(among / of - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / 10_000));
});

it('refuses digests that are torn', () => {
  const { images, digests: text } = TrainedImages.of(digests(3)).toFile();
  const torn = btoa(atob(text).slice(1));
  expect(() => TrainedImages.fromFile({ images, digests: torn }, 'a/training_images.json')).toThrow(
    expect.objectContaining({
      code: 'checkpoint/config',
      message: expect.stringContaining('a/training_images.json'),
    }),
  );
});
