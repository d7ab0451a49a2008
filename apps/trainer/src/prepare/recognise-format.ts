import { counted, DataError, printable, shellWord, UsageError } from '@polytag/core';
import {
  datasetReaders,
  sketchFolder,
  type DatasetReader,
  type FolderSketch,
} from '@polytag/datasets/readers';

/** What a folder holds, in words, and the commands that may read it. */
export interface RecognisedFolder {
  readonly holds: string;
  readonly commands: readonly string[];
}

/** @throws DataError `data/folder-missing`, `data/not-a-folder` */
export async function recogniseFolder(from: string): Promise<RecognisedFolder> {
  const sketch = await sketchFolder(from);
  const commands = datasetReaders.flatMap((reader) => {
    const options = reader.recognise(sketch);
    return options === undefined
      ? []
      : [`polytag-train prepare ${reader.name} --from ${shellWord(from)} ${options}`.trim()];
  });
  return { holds: contentsOf(sketch), commands };
}

/** Errors that another format of the folder explains. */
const EXPLAINED = new Set([
  ...['data/file-missing', 'data/empty-set', 'data/not-json', 'data/label-file-format', 'data/no-classes'],
  'usage/no-files',
]);

/** The error of a reader, with a hint where the folder looks like a data set of another format. */
export async function withOtherFormat(error: unknown, reader: DatasetReader, from: string): Promise<unknown> {
  if (!(error instanceof DataError || error instanceof UsageError) || !EXPLAINED.has(error.code))
    return error;
  const sketch = await sketchFolder(from).catch(() => undefined);
  if (!sketch || reader.recognise(sketch) !== undefined) return error;
  const { holds, commands } = await recogniseFolder(from);
  const hint = [error.hint, `${printable(from, 400)} contains ${holds}.`, ...looksLike(commands)]
    .filter(Boolean)
    .join(' ');
  const Class = error instanceof DataError ? DataError : UsageError;
  return new Class(error.code, error.message, { hint, cause: error });
}

/** No format was named: says what the folder looks like. */
export function noFormat(from: string, { holds, commands }: RecognisedFolder): UsageError {
  return new UsageError(
    'usage/no-format',
    `No format was given. ${printable(from, 400)} contains ${holds}.`,
    {
      hint:
        commands.length > 0
          ? looksLike(commands).join(' ')
          : `It matches none of ${datasetReaders.map(({ name }) => name).join(', ')}. To see the expected folder of each, run polytag-train prepare FORMAT --help.`,
    },
  );
}

const looksLike = (commands: readonly string[]): string[] =>
  commands.length === 0
    ? []
    : [
        `${commands.length > 1 ? 'These formats may read it' : 'This format reads it'}: ${commands.join('; ')}`,
      ];

function contentsOf({ images, folders, files }: FolderSketch): string {
  const inFolders = new Set(images.map((path) => path.split('/').slice(0, -1).join('/'))).size;
  const endings = new Map<string, number>();
  for (const path of files) {
    const ending = /\.[a-z\d]{1,8}$/i.exec(path)?.[0].toLowerCase() ?? 'other';
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  const others = [...endings].sort(([, a], [, b]) => b - a).slice(0, 4);
  const pictures =
    images.length === 0
      ? 'no images'
      : `${counted(images.length, 'image')} in ${counted(inFolders, 'folder')}`;
  const nothing = images.length + files.length + folders.length === 0;
  return nothing
    ? 'nothing'
    : [pictures, ...others.map(([ending, count]) => counted(count, `${ending} file`))].join(', ');
}
