import { shownImages } from './shown-images.js';

const picture = { type: 'image/png', bytes: Uint8Array.of(1) } as const;
const at = (image: number, index = 0) => ({ image, index, score: 0.5 });
const dataset = {
  labels: { names: ['boat', 'car'] },
  images: [
    { name: '0.jpg', path: 'data/0.jpg', labels: [] },
    { name: '1.jpg', path: 'data/1.jpg', labels: [0] },
    { name: '2.jpg', path: 'data/2.jpg', labels: [1, 0, 1] },
    { name: '3.jpg', path: 'data/3.jpg', labels: [0] },
  ],
};
const details = {
  mistakes: { absent: [at(2), at(0)], present: [at(2)] },
  mistakesByClass: [
    { absent: [at(3), at(0)], present: [] },
    { absent: [at(2, 1)], present: [] },
  ],
};

it('reads each image with a mistake once, and no other: the worst first, then the worst of each label', async () => {
  const read: string[] = [];
  const imageAt = await shownImages(details, dataset, async (path) => {
    read.push(path);
    return path === 'data/2.jpg' ? picture : undefined;
  });
  expect(read).toEqual(['data/2.jpg', 'data/0.jpg', 'data/3.jpg']);
  expect(imageAt(2)).toEqual({ name: '2.jpg', labels: ['car', 'boat'], thumbnail: picture });
  expect(imageAt(0)).toEqual({ name: '0.jpg', labels: [] });
});

it('reads no more pictures than it may, and names the other images', async () => {
  const imageAt = await shownImages(details, dataset, async () => picture, { pictures: 2 });
  expect([2, 0, 3].map((image) => 'thumbnail' in imageAt(image))).toEqual([true, true, false]);
  expect(imageAt(3)).toEqual({ name: '3.jpg', labels: ['boat'] });
});

it('asks for heat maps of the labels that an image has a mistake with', async () => {
  const asked: [string, readonly string[]][] = [];
  const heat = new Map([['car', picture]]);
  const imageAt = await shownImages(details, dataset, async () => picture, {
    pictures: 2,
    heatMaps: async (path, labels) => {
      asked.push([path, labels]);
      return heat;
    },
  });
  expect(asked).toEqual([
    ['data/2.jpg', ['boat', 'car']],
    ['data/0.jpg', ['boat']],
  ]);
  expect(imageAt(2).heatMaps).toBe(heat);
});
