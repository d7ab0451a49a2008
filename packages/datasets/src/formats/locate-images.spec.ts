import { DataFolder } from './folder.fixture.js';
import { locateImages } from './locate-images.js';

it('takes each image from the first folder that has it', async () => {
  const folder = await DataFolder.make();
  await folder.touch('one/a.jpg', 'two/a.jpg', 'two/b.jpg', 'two/sub/c.jpg', 'd.jpg');
  const found = await locateImages(
    folder.path,
    ['a.jpg', 'b.jpg', 'sub/c.jpg', 'd.jpg', 'e.jpg'],
    ['one', 'two', 'absent', ''],
  );
  expect(Object.fromEntries(found)).toEqual({
    'a.jpg': 'one/a.jpg',
    'b.jpg': 'two/b.jpg',
    'sub/c.jpg': 'two/sub/c.jpg',
    'd.jpg': 'd.jpg',
  });
  await folder.remove();
});
