export { fileErrorFrom } from './errors/file-error-from.js';
export { nameToShare } from './names/name-to-share.js';
export { realPath } from './names/real-path.js';
export { decodeText, TEXT_ENCODINGS, type TextEncoding, type TextFault } from './read/decode-text.js';
export { readFileBytes, type ReadBytesOptions } from './read/read-file-bytes.js';
export { notText, readTextFile, type ReadTextOptions } from './read/read-text-file.js';
export { openRegularFile, type FileKind, type ReadOptions } from './read/regular-file.js';
export { syncFolder, writeDurably } from './write/write-durably.js';
export { writeFileAtomically, type WriteFileOptions } from './write/write-file-atomically.js';
