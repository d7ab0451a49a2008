import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DataError } from '@polytag/core';
import { JSONParser } from '@streamparser/json';
import { fileMissing } from '../read-text.js';

/** The lists of a COCO file that classification needs. */
export type CocoSection = 'images' | 'annotations' | 'categories';

/**
 * Reads a COCO file element by element. The files of COCO hold hundreds of megabytes of outlines, those of other sets
 * in the format more than a string can hold: read in pieces, a file takes the memory of what is kept of it.
 *
 * @param onElement called with each element of a list and its position in it
 * @param onProgress bytes so far, and of the file
 * @throws DataError `data/file-missing`, `data/not-json`, with the element before; what `onElement` throws
 */
export async function streamCoco(
  path: string,
  onElement: (section: CocoSection, element: unknown, index: number) => void,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const parser = new JSONParser({
    paths: ['$.images.*', '$.annotations.*', '$.categories.*'],
    keepStack: false,
    // Strings are gathered here instead of byte by byte.
    stringBufferSize: 2 ** 16,
  });
  let thrown: unknown;
  let last: { section: CocoSection; index: number } | undefined;
  parser.onValue = ({ value, key, stack }) => {
    last = { section: stack[1].key as CocoSection, index: Number(key) };
    try {
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
        hint: 'Check that the file is complete.',
        cause,
      });
    }
  };
  let done = 0;
  for await (const { chunk, total } of piecesOf(path)) {
    parse(() => parser.write(chunk));
    onProgress?.((done += chunk.length), total);
  }
  if (!parser.isEnded) parse(() => parser.end());
}

async function* piecesOf(path: string): AsyncGenerator<{ chunk: Buffer; total: number }> {
  try {
    const { size: total } = await stat(path);
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      yield { chunk: chunk as Buffer, total };
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause;
    throw fileMissing(
      path,
      'annotation file',
      'Expected a file of objects, such as annotations/instances_train2014.json.',
      cause,
    );
  }
}
