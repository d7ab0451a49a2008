import { fromRows, photo, rowsOf, twelve } from './images.fixture.js';
import { crop, fillRectangle, mirror } from './place.js';

it('mirrors, crops and fills', () => {
  expect(rowsOf(mirror(twelve))).toEqual([[4, 3, 2, 1], [8, 7, 6, 5], [12, 11, 10, 9]]); // prettier-ignore
  expect(mirror(mirror(photo))).toEqual(photo);
  expect(crop(twelve, { left: 1, top: 1, right: 3, bottom: 3 })).toEqual(fromRows([6, 7], [10, 11]));
  const filled = fillRectangle(twelve, { left: 2, top: -5, right: 9, bottom: 1 }, [60, 61, 62]);
  expect(rowsOf(filled)).toEqual([[1, 2, 60, 60], [5, 6, 7, 8], [9, 10, 11, 12]]); // prettier-ignore
  expect([...filled.pixels.subarray(6, 9)]).toEqual([60, 61, 62]);
});
