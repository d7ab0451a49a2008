import { shownImages } from './shown-images.js';

it('reads each image with a mistake once, and no other', async () => {
  const read: string[] = [];
  const picture = { type: 'image/png', bytes: Uint8Array.of(1) } as const;
  const at = (image: number) => ({ image, index: 0, score: 0.5 });
  const imageAt = await shownImages(
    { absent: [at(2), at(0)], present: [at(2)] },
    {
      labels: { names: ['boat', 'car'] },
      images: [
        { name: '0.jpg', path: 'data/0.jpg', labels: [] },
        { name: '1.jpg', path: 'data/1.jpg', labels: [0] },
        { name: '2.jpg', path: 'data/2.jpg', labels: [1, 0, 1] },
      ],
    },
    async (path) => {
      read.push(path);
      return path === 'data/2.jpg' ? picture : undefined;
    },
  );
  expect(read).toEqual(['data/2.jpg', 'data/0.jpg']);
  expect(imageAt(2)).toEqual({ name: '2.jpg', labels: ['car', 'boat'], thumbnail: picture });
  expect(imageAt(0)).toEqual({ name: '0.jpg', labels: [] });
});
