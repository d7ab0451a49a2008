import { deflateSync } from 'node:zlib';
import { refused, used, type Add } from '../hostile-image.js';
import { big32, exifOf, indexOf, joined, letters, patched, startOf } from './bytes.js';
import { HEIGHT, photo, plain, WIDTH } from './photo.js';
import { bomb, chunk, END, header, packedRows, plainPng, SIGNATURE, type PlainPng } from './png-writer.js';

const size = { width: WIDTH, height: HEIGHT };
const whole = used(WIDTH, HEIGHT);
const turned = used(HEIGHT, WIDTH);

export async function pngColours(add: Add): Promise<void> {
  for (const depth of [1, 2, 4, 8, 16])
    add(`grey-${depth}-bit.png`, plainPng({ ...size, depth, colour: 0 }), whole);
  add(
    'grey-with-transparent-value.png',
    plainPng({ ...size, colour: 0, before: [chunk('tRNS', Uint8Array.of(0, 37))] }),
    whole,
  );
  for (const depth of [8, 16]) {
    add(`grey-alpha-${depth}-bit.png`, plainPng({ ...size, depth, colour: 4 }), whole);
    add(`rgb-${depth}-bit.png`, plainPng({ ...size, depth, colour: 2 }), whole);
    add(`rgba-${depth}-bit.png`, plainPng({ ...size, depth, colour: 6 }), whole);
  }
  const two = chunk('PLTE', Uint8Array.of(255, 0, 0, 0, 0, 255));
  const clear = chunk('tRNS', Uint8Array.of(0, 128));
  for (const depth of [1, 2, 4, 8])
    add(`palette-${depth}-bit.png`, plainPng({ ...size, depth, colour: 3, before: [two] }), whole);
  add('palette-with-transparency.png', plainPng({ ...size, colour: 3, before: [two, clear] }), whole);
  add('palette-missing.png', plainPng({ ...size, colour: 3 }), refused('image-corrupt'));
  add(
    'palette-too-short.png',
    plainPng({ ...size, colour: 3, before: [chunk('PLTE', Uint8Array.of(9, 9, 9))] }),
    used(WIDTH, HEIGHT),
  );
  add(
    'palette-of-4-bytes.png',
    plainPng({ ...size, colour: 3, before: [chunk('PLTE', Uint8Array.of(9, 9, 9, 9))] }),
    refused('image-corrupt'),
  );
  add('interlaced.png', await photo().png({ progressive: true }).toBuffer(), whole);
  add(
    'interlaced-rgba-16-bit.png',
    await photo().ensureAlpha(0.5).toColourspace('rgb16').png({ progressive: true }).toBuffer(),
    whole,
  );
  add('apng.png', apng(), whole);
}

/** Two frames; the first is the picture that others see. */
function apng(): Uint8Array {
  const control = (sequence: number) =>
    chunk('fcTL', joined(big32(sequence, WIDTH, HEIGHT, 0, 0), Uint8Array.of(0, 1, 0, 10, 0, 0)));
  return plainPng({
    ...size,
    before: [chunk('acTL', big32(2, 0)), control(0)],
    after: [control(1), chunk('fdAT', joined(big32(2), packedRows(size)))],
  });
}

export async function pngFaults(add: Add): Promise<void> {
  const png = plainPng(size);
  const corrupt = refused('image-corrupt');
  for (const percent of [10, 50, 95])
    add(`${percent}-percent.png`, startOf(png, percent / 100), refused('image-truncated'));
  add('signature-alone.png', SIGNATURE, refused('image-truncated'));
  add('no-end-chunk.png', png.slice(0, -12), whole);
  add('trailing-garbage.png', joined(png, 'PK\x03\x04'.repeat(900)), whole);
  add('two-pictures.png', joined(png, png), whole);
  add('checksum-of-header.png', patched(png, 29, 1, 2, 3, 4), corrupt);
  add('checksum-of-pixels.png', patched(png, png.length - 16, 1, 2, 3, 4), corrupt);
  add('checksum-of-gamma.png', plainPng({ ...size, before: [chunk('gAMA', big32(45455), 1)] }), whole);
  add('checksum-of-text.png', plainPng({ ...size, before: [chunk('tEXt', letters('a\0b'), 1)] }), whole);
  add('unknown-critical-chunk.png', plainPng({ ...size, before: [chunk('ABCD', letters('abc'))] }), corrupt);
  add('chunk-of-odd-name.png', plainPng({ ...size, before: [chunk('\x01\x02\x03\x04')] }), corrupt);
  add(
    'chunk-longer-than-file.png',
    joined(png.slice(0, 33), big32(0x7fffffff), 'tEXt', png.subarray(33)),
    corrupt,
  );
  add('no-pixels.png', joined(SIGNATURE, header(size), END), corrupt);
  add('no-header.png', joined(SIGNATURE, chunk('IDAT', packedRows(size)), END), corrupt);
  add('two-headers.png', plainPng({ ...size, before: [header({ width: 9, height: 9 })] }), corrupt);
  add('filter-of-9.png', plainPng({ ...size, filter: 9 }), corrupt);
  add('no-width.png', plainPng({ ...size, claimed: [0, HEIGHT] }), corrupt);
  add('no-height.png', plainPng({ ...size, claimed: [WIDTH, 0] }), corrupt);
  add('depth-of-3.png', plainPng({ ...size, depth: 3 }), corrupt);
  add(
    'colour-of-5.png',
    joined(SIGNATURE, header({ ...size, colour: 5 }), chunk('IDAT', packedRows(size)), END),
    corrupt,
  );
  add('interlace-of-2.png', plainPng({ ...size, interlace: 2 }), corrupt);
  add('pixels-of-nonsense.png', plainPng({ ...size, pixels: new Uint8Array(500).fill(0x55) }), corrupt);
  add(
    'pixels-missing.png',
    plainPng({ ...size, pixels: Uint8Array.from(deflateSync(new Uint8Array(1000))) }),
    corrupt,
  );
  add(
    'pixels-to-spare.png',
    plainPng({ ...size, pixels: Uint8Array.from(deflateSync(new Uint8Array(20_000))) }),
    whole,
  );
  add('pixels-in-pieces.png', inPieces(size), whole);
  add('text-after-pixels.png', plainPng({ ...size, after: [chunk('tEXt', letters('a\0b'))] }), whole);
  const corgi = Uint8Array.from(await photo().png().toBuffer());
  add('mac-line-ends.png', patched(corgi, 4, 10, 10, 26, 10), refused('not-an-image'));
}

/** Every byte of the pixels in a chunk of its own. */
function inPieces(options: PlainPng): Uint8Array {
  const pixels = packedRows(options);
  const pieces = Array.from(pixels, (byte) => chunk('IDAT', Uint8Array.of(byte)));
  return joined(SIGNATURE, header(options), ...pieces, END);
}

export async function pngSizes(add: Add): Promise<void> {
  const claim = (side: number, more: Partial<PlainPng> = {}) =>
    plainPng({ ...size, ...more, claimed: [side, side], pixels: packedRows({ ...size, ...more }) });
  add('claims-2147483647.png', claim(0x7fffffff), refused('image-too-large'));
  add('claims-4294967295.png', claim(0xffffffff), refused('image-too-large'));
  add('claims-100000.png', claim(100_000), refused('image-too-large'));
  add('claims-8000.png', claim(8000), refused('image-corrupt'));
  add(
    'claims-8000-interlaced.png',
    claim(8000, { depth: 16, colour: 6, interlace: 1 }),
    refused('image-too-large'),
  );
  add('1x1.png', await photo(1, 1).png().toBuffer(), used(1, 1));
  add('1x10000.png', await photo(1, 10000).png().toBuffer(), used(1, 10000));
  add('10000x1.png', await photo(10000, 1).png().toBuffer(), used(10000, 1));
  add(
    '60-megapixels.png',
    await plain(10000, 6000).png({ compressionLevel: 1 }).toBuffer(),
    used(10000, 6000),
  );
}

export function pngMetadata(add: Add): void {
  const keyword = letters('Comment\0\0');
  const zeros = bomb(100e6);
  const withChunks = (...before: Uint8Array[]) => plainPng({ ...size, before });
  add('bomb-ztxt.png', withChunks(chunk('zTXt', joined(keyword, zeros))), whole);
  add(
    'bombs-ztxt.png',
    withChunks(...Array<Uint8Array>(20).fill(chunk('zTXt', joined(keyword, zeros)))),
    whole,
  );
  add('bomb-itxt.png', withChunks(chunk('iTXt', joined('XML:com.adobe.xmp\0\x01\0\0\0', zeros))), whole);
  add('bomb-after-pixels.png', plainPng({ ...size, after: [chunk('zTXt', joined(keyword, zeros))] }), whole);
  add('huge-text.png', withChunks(chunk('tEXt', joined('Comment\0', new Uint8Array(20e6).fill(65)))), whole);
  add(
    '20000-texts.png',
    withChunks(...Array<Uint8Array>(20_000).fill(chunk('tEXt', letters('a\0b')))),
    whole,
  );
  add('bomb-profile.png', withChunks(chunk('iCCP', joined('profile\0\0', zeros))), whole);
  add('bomb-pixels.png', plainPng({ ...size, pixels: bomb(100e6) }), whole);
  add('profile-of-nonsense.png', withChunks(chunk('iCCP', joined('profile\0\0', bomb(500)))), whole);
  add('profile-without-name.png', withChunks(chunk('iCCP', new Uint8Array(200).fill(65))), whole);
  add('huge-exif.png', withChunks(chunk('eXIf', joined(exifOf(6), new Uint8Array(10e6)))), turned);
  add('broken-exif.png', withChunks(chunk('eXIf', letters('MM\0*\xff\xff\xff\xff'))), whole);
  const suggested = joined('palette\0', Uint8Array.of(8), new Uint8Array(6e6));
  add('huge-suggested-palette.png', withChunks(chunk('sPLT', suggested)), whole);
  add('gamma-of-0.png', withChunks(chunk('gAMA', big32(0))), whole);
  const name = indexOf(withChunks(chunk('gAMA', big32(1))), 'gAMA');
  add(
    'chunk-in-lower-case.png',
    patched(withChunks(chunk('gAMA', big32(1))), name, ...letters('zzzz')),
    whole,
  );
}
