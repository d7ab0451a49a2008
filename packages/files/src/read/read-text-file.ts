import { printable, type PolytagError } from '@polytag/core';
import { decodeText, type TextEncoding, type TextFault } from './decode-text.js';
import { foreignContent } from './foreign-content.js';
import { readFileBytes, type ReadBytesOptions } from './read-file-bytes.js';
import { refusal } from './regular-file.js';
import { xmlEncoding } from './xml-encoding.js';

export interface ReadTextOptions extends ReadBytesOptions {
  /** Default `utf-8`. A byte order mark in the file takes precedence. */
  readonly encoding?: TextEncoding;
  /** The option that sets the encoding, e.g. `--encoding`, for hints. Leave it out if there is none. */
  readonly encodingOption?: string;
  /** Whether the file is XML, whose declaration names its encoding. It counts where `encoding` is not given. */
  readonly isXml?: boolean;
}

/**
 * Reads a regular file as text, without its byte order mark, with the checks of `readFileBytes`. UTF-8 is strict: a
 * file in another encoding is refused with the place of the first invalid byte. No replacement characters are used.
 *
 * @throws DataError, UsageError or CheckpointError by `kind`: `…/file-missing`, `…/file-unreadable`, `…/not-a-file`,
 *   `…/file-too-large`, `…/not-text` (an archive, a workbook, a web page …), `…/encoding`
 */
export async function readTextFile(path: string, options: ReadTextOptions): Promise<string> {
  const bytes = await readFileBytes(path, options);
  const foreign = foreignContent(bytes);
  if (foreign) throw refusal(path, options, 'not-text', `${foreign.is}, not text`, { hint: foreign.hint });
  const declared = options.isXml ? xmlEncoding(bytes) : undefined;
  const decoded = decodeText(bytes, options.encoding ?? declared?.encoding);
  if ('fault' in decoded) {
    if (options.encoding !== undefined || !declared || declared.encoding)
      throw notText(path, options, decoded.fault);
    const problem = `declares the encoding ${printable(declared.name)}, which is not supported`;
    throw refusal(path, options, 'encoding', problem, {
      hint: `Save the file as UTF-8: iconv -f ${printable(declared.name)} -t utf-8 OLD > NEW, and correct its first line.`,
    });
  }
  return decoded.text;
}

/** The error for a text file that is not in the encoding with which it is read. */
export function notText(path: string, options: ReadTextOptions, fault: TextFault): PolytagError {
  const { encoding, line, column, offset, bytes, likely } = fault;
  if (encoding === 'UTF-32')
    return refusal(path, options, 'encoding', 'is in UTF-32 (it begins with that byte order mark)', {
      hint: 'Save the file as UTF-8.',
    });
  if (fault.bytes === '0x00' && !likely)
    return refusal(path, options, 'encoding', `has a zero byte in line ${line} (byte ${offset})`, {
      hint: 'Text files have none: the file is damaged, or it is not text. Copy it again, or check the path.',
    });
  const problem = `is not in ${encoding}: line ${line}, column ${column} (byte ${offset}) has ${bytes}`;
  return refusal(path, options, 'encoding', problem, { hint: wayOut(options, likely) });
}

function wayOut({ encodingOption }: ReadTextOptions, likely?: TextEncoding): string {
  if (!likely) return 'Save the file as UTF-8, or give the encoding that it is in.';
  if (encodingOption)
    return `Add ${encodingOption} ${likely} if that is its encoding, or save the file as UTF-8.`;
  return `Save the file as UTF-8; if it is in ${likely}: iconv -f ${likely} -t utf-8 OLD > NEW.`;
}
