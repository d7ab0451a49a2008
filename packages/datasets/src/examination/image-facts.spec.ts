import sharp, { type Sharp } from 'sharp';
import { decodeImage } from '../images/decode-image.js';
import { imageFacts, type ImageFacts } from './image-facts.js';

const drawn = () => sharp({ create: { width: 30, height: 20, channels: 3, background: '#c42' } });

it.each<[image: Sharp, expected: Partial<ImageFacts>]>([
  [drawn().jpeg(), { format: 'jpeg', colour: 'RGB' }],
  [drawn().jpeg().withMetadata({ orientation: 6 }), { format: 'jpeg', width: 20, height: 30 }],
  [drawn().toColourspace('b-w').jpeg(), { colour: 'grey' }],
  [drawn().toColourspace('cmyk').jpeg(), { colour: 'CMYK' }],
  [drawn().png(), { format: 'png', colour: 'RGB' }],
  [drawn().png({ palette: true }), { colour: 'palette' }],
  [drawn().ensureAlpha(0.5).png(), { colour: 'RGB with alpha' }],
  [drawn().toColourspace('b-w').png(), { colour: 'grey' }],
  [drawn().toColourspace('rgb16').png(), { colour: 'RGB 16-bit' }],
  [drawn().webp(), { format: 'webp', colour: 'RGB' }],
])('tells size, format and colour space: %#', async (image, expected) => {
  const bytes = await image.toBuffer();
  const found = imageFacts(await decodeImage(bytes, 'drawn'), bytes);
  expect(found).toEqual({ ...found, width: 30, height: 20, ...expected, fileBytes: bytes.length });
});
