import { CheckpointError, isRecord, printable } from '@polytag/core';
import { ELEMENT_BYTES, isDtype } from '../tensors/dtype.js';
import type { TensorDescription } from '../tensors/stored-tensor.js';
import { duplicateKey } from './duplicate-key.js';

/** Bytes before the JSON header: its length, an unsigned little-endian 64-bit integer. */
export const LENGTH_BYTES = 8;

/**
 * A header above this is refused before anything of its size is allocated. The format allows 100 MB, of which nested JSON
 * would take gigabytes; a network of 2,000 tensors takes 0.2 MB.
 */
export const MAX_HEADER_BYTES = 2 ** 23;

/** Dimensions of one tensor, as in PyTorch. */
const MAX_RANK = 64;

/** Where a tensor lies in the data that follows the header. */
export interface TensorEntry extends TensorDescription {
  /** First byte, counted from the end of the header. */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of the data. */
  readonly entries: Map<string, TensorEntry>;
  /** The texts under `__metadata__`. */
  readonly metadata: Record<string, string>;
}

const DAMAGED = 'The file is damaged or invalid: copy it again, or save it again.';

/**
 * Length of the JSON header.
 *
 * @param start the file's first 8 bytes, or fewer when it has no more
 * @param fileBytes length of the whole file
 * @throws CheckpointError `checkpoint/truncated`, `checkpoint/header-size`
 */
export function headerLength(start: Uint8Array, fileBytes: number, source: string): number {
  if (start.length < LENGTH_BYTES) {
    throw new CheckpointError(
      'checkpoint/truncated',
      `${source} has only ${start.length} bytes; a safetensors file has at least 10.`,
      { hint: DAMAGED },
    );
  }
  const declared = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    throw new CheckpointError(
      'checkpoint/header-size',
      `${source}: the header length is ${declared} bytes; the limit is ${MAX_HEADER_BYTES}.`,
      { hint: 'This is not a safetensors file, or it is damaged.' },
    );
  }
  if (declared > BigInt(fileBytes - LENGTH_BYTES)) {
    throw new CheckpointError(
      'checkpoint/truncated',
      `${source}: the header length is ${declared} bytes, but the file has only ${fileBytes - LENGTH_BYTES} after that number.`,
      { hint: 'This is not a safetensors file, or its download is incomplete.' },
    );
  }
  return Number(declared);
}

/**
 * Reads and checks a header: every tensor's size fits its shape and type, and the tensors cover the data
 * without overlap, hole or rest.
 *
 * @param dataBytes bytes of the file after the header
 * @throws CheckpointError `checkpoint/header-json`, `checkpoint/duplicate-tensor`, `checkpoint/dtype`,
 * `checkpoint/shape`, `checkpoint/offsets`, `checkpoint/size`, `checkpoint/overlap`, `checkpoint/hole`
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, source: string): SafetensorsHeader {
  const json = parseObject(bytes, source);
  const metadata = parseMetadata(json['__metadata__'], source);
  const found = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => [name, parseEntry(name, value, source)] as const)
    .sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of found) {
    if (end > dataBytes) {
      throw new CheckpointError(
        'checkpoint/offsets',
        `${source}: tensor "${printable(name)}" ends at byte ${end} of the data, but the data has ${dataBytes} bytes.`,
        { hint: 'The file is damaged, or its download is incomplete.' },
      );
    }
    if (begin < covered) {
      throw new CheckpointError(
        'checkpoint/overlap',
        `${source}: tensor "${printable(name)}" overlaps the tensor before it.`,
        { hint: DAMAGED },
      );
    }
    if (begin > covered) {
      throw new CheckpointError(
        'checkpoint/hole',
        `${source}: ${begin - covered} bytes before tensor "${printable(name)}" belong to no tensor.`,
        { hint: DAMAGED },
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new CheckpointError(
      'checkpoint/hole',
      `${source}: ${dataBytes - covered} bytes at the end belong to no tensor.`,
      { hint: DAMAGED },
    );
  }
  return { entries: new Map(found), metadata };
}

function parseObject(bytes: Uint8Array, source: string): Record<string, unknown> {
  let json: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError('checkpoint/header-json', `${source}: the header is not valid JSON.`, {
      hint: 'This is not a safetensors file, or it is damaged.',
      cause,
    });
  }
  if (!isRecord(json))
    throw new CheckpointError('checkpoint/header-json', `${source}: the header is not a JSON object.`, {
      hint: DAMAGED,
    });
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw new CheckpointError(
      'checkpoint/duplicate-tensor',
      `${source}: the header has "${printable(twice)}" twice.`,
      { hint: DAMAGED },
    );
  }
  return json;
}

function parseMetadata(value: unknown, source: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw new CheckpointError(
      'checkpoint/header-json',
      `${source}: "__metadata__" is not an object of strings.`,
      { hint: DAMAGED },
    );
  }
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown, source: string): TensorEntry {
  const where = `${source}: tensor "${printable(name)}"`;
  if (!isRecord(value))
    throw new CheckpointError('checkpoint/header-json', `${where} has a description that is not an object.`, {
      hint: DAMAGED,
    });
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype)) {
    throw new CheckpointError(
      'checkpoint/dtype',
      `${where} has ${typeof dtype === 'string' ? `the type "${printable(dtype)}"` : 'no type'}.`,
      {
        hint: `Known types: ${Object.keys(ELEMENT_BYTES).join(', ')}.`,
      },
    );
  }
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isCount)) {
    throw new CheckpointError('checkpoint/shape', `${where} has no valid shape.`, { hint: DAMAGED });
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0] > offsets[1]) {
    throw new CheckpointError('checkpoint/offsets', `${where} has no valid data_offsets.`, { hint: DAMAGED });
  }
  const [begin, end] = offsets;
  const size = shape.reduce((product, extent) => product * extent, ELEMENT_BYTES[dtype]);
  if (size !== end - begin) {
    throw new CheckpointError(
      'checkpoint/size',
      `${where}: shape [${shape}] of ${dtype} needs ${size} bytes, but its offsets span ${end - begin}.`,
      { hint: DAMAGED },
    );
  }
  return { dtype, shape, begin, end };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
