import { isUtf8 } from 'node:buffer';
import { DataError, printable } from '@polytag/core';
import { decodeText, openRegularFile, type TextEncoding } from '@polytag/files';
import { JSONParser } from '@streamparser/json';

/** The lists of a COCO file that classification needs. */
export type CocoSection = 'images' | 'annotations' | 'categories';

/**
 * Reads a COCO file element by element. The files of COCO have hundreds of megabytes of outlines, and others more than
 * a string can hold. Only what is kept takes memory.
 *
 * @param onElement called with each element of a list and its position
 * @param options.onProgress called with the bytes read and the bytes in total
 * @param options.encoding default `utf-8`; a byte order mark takes precedence
 * @throws DataError those of `openRegularFile`, `data/encoding` and `data/not-json`, with the element before; what
 *   `onElement` throws
 */
export async function streamCoco(
  path: string,
  onElement: (section: CocoSection, element: unknown, index: number) => void,
  {
    onProgress,
    encoding,
  }: {
    readonly onProgress?: (done: number, total: number) => void;
    readonly encoding?: TextEncoding;
  } = {},
): Promise<void> {
  const parser = new JSONParser({
    paths: ['$.images.*', '$.annotations.*', '$.categories.*'],
    keepStack: false,
    // Strings are gathered here instead of byte by byte.
    stringBufferSize: 2 ** 16,
  });
  // A number of more digits than it can keep is an id: two of them must not become one.
  const { tokenizer } = parser as unknown as { tokenizer: { parseNumber: (digits: string) => unknown } };
  tokenizer.parseNumber = (digits) =>
    /^-?\d{16,}$/.test(digits) && !Number.isSafeInteger(Number(digits)) ? digits : Number(digits);
  let thrown: unknown;
  let last: { section: CocoSection; index: number } | undefined;
  parser.onValue = ({ value, key, stack }) => {
    const section = stack[1].key as CocoSection;
    try {
      if (typeof key !== 'number') throw notAList(path, section);
      last = { section, index: key };
      onElement(last.section, value, last.index);
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  const parse = (step: () => void) => {
    try {
      step();
    } catch (cause) {
      if (thrown !== undefined) throw thrown;
      const where = last ? ` after ${last.section}[${last.index}]` : '';
      const reason = (cause as Error).message.replace(/\.$/, '');
      throw new DataError('data/not-json', `${path} cannot be parsed as JSON${where}: ${reason}.`, {
        hint: /Unexpected "[NI]"/.test(reason)
          ? 'JSON does not allow NaN and Infinity (written by Python): write null instead.'
          : 'Check that the file is complete.',
        cause,
      });
    }
  };
  let done = 0;
  let decode: ((chunk: Buffer) => Buffer | string) | undefined;
  for await (const { chunk, total } of piecesOf(path)) {
    decode ??= decoderOf(path, chunk, encoding);
    const text = decode(chunk);
    parse(() => parser.write(text));
    onProgress?.((done += chunk.length), total);
  }
  if (!parser.isEnded) parse(() => parser.end());
}

function notAList(path: string, section: CocoSection): DataError {
  return new DataError(
    'data/label-file-format',
    `${path} is not a COCO object annotation file: "${section}" is an object; expected a list.`,
    { hint: `Write its values as a list, each with its id: "${section}": [{"id": 1, …}, …].` },
  );
}

/** Decodes a file piece by piece. UTF-8 stays bytes, which the parser accepts. */
function decoderOf(
  path: string,
  start: Buffer,
  encoding: TextEncoding = 'utf-8',
): (chunk: Buffer) => Buffer | string {
  const mark = start.subarray(0, 2).toString('latin1');
  const used = mark === '\xff\xfe' ? 'utf-16le' : mark === '\xfe\xff' ? 'utf-16be' : encoding;
  if (used === 'utf-8' || start.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf')
    return checkedUtf8(path);
  const decoder = new TextDecoder(used, { fatal: true });
  return (chunk) => {
    try {
      return decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw notIn(used, path, 'it has bytes that are not valid in this encoding', cause);
    }
  };
}

/** Refuses bytes that are not UTF-8: the parser could mistake them for the end of a string. */
function checkedUtf8(path: string): (chunk: Buffer) => Buffer {
  let before = 0;
  let carried = Buffer.alloc(0);
  return (chunk) => {
    const bytes = Buffer.concat([carried, chunk]);
    // A character may go on in the next piece.
    const lead = bytes.subarray(-3).findLastIndex((byte) => byte >= 0xc0);
    const end = lead < 0 ? bytes.length : Math.max(bytes.length - 3, 0) + lead;
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) {
      const decoded = decodeText(whole);
      const fault = 'fault' in decoded ? decoded.fault : undefined;
      throw notIn('utf-8', path, `byte ${before + (fault?.offset ?? 0)} is ${fault?.bytes}`);
    }
    before += end;
    carried = bytes.subarray(end);
    return chunk;
  };
}

function notIn(encoding: TextEncoding, path: string, what: string, cause?: unknown): DataError {
  return new DataError(
    'data/encoding',
    `${printable(path, 400)} is not in ${encoding.toUpperCase()}: ${what}.`,
    {
      hint: 'Give its encoding, e.g. --encoding windows-1252, or save the file as UTF-8.',
      cause,
    },
  );
}

async function* piecesOf(path: string): AsyncGenerator<{ chunk: Buffer; total: number }> {
  const { handle, size: total } = await openRegularFile(path, {
    what: 'annotation file',
    hint: 'Expected a COCO object annotation file, such as annotations/instances_train2014.json.',
  });
  try {
    for await (const chunk of handle.createReadStream({ highWaterMark: 2 ** 20 })) {
      yield { chunk: chunk as Buffer, total };
    }
  } finally {
    await handle.close();
  }
}
