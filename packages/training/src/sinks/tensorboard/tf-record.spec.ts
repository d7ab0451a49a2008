import { crc32c } from './crc32c.js';
import { tfRecord } from './tf-record.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('crc32c', () => {
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 times 0xff', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('gives the value of RFC 3720 (B.4) for %s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});

describe('tfRecord', () => {
  it('begins like the files of TensorFlow, whose first record has 24 bytes', () => {
    expect(hex(tfRecord(new Uint8Array(24)).subarray(0, 12))).toBe('1800000000000000a37f4b22');
  });

  it('puts the data between the two checksums', () => {
    const record = tfRecord(Uint8Array.of(1, 2, 3));
    expect(record).toHaveLength(8 + 4 + 3 + 4);
    expect(hex(record.subarray(12, 15))).toBe('010203');
  });
});
