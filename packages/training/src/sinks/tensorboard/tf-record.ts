import { crc32c } from './crc32c.js';

/** Added to a rotated checksum, so that the checksum of data that holds checksums stays a good one. */
const MASK_DELTA = 0xa282ead8;

const masked = (crc: number) => (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;

/**
 * A TFRecord: length (8 bytes, little endian), masked CRC-32C of the length, the data, masked CRC-32C of the data.
 * Source: the comment on the format in TensorFlow's `record_writer.h`.
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}
