import { dirname, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';

/** What a command hands to what reads its data. */
export interface DataContext {
  readonly progress: Progress;
  /** Checks the paths of images, which label files name; of a job, whether they are in the store. Default: any will do. */
  readonly checkImages?: (paths: readonly string[]) => Promise<void>;
}

/** What a command hands to the work that it starts: where the config comes from, and how to speak with the person. */
export interface RunContext extends DataContext {
  /** What errors call the config: its file name, or `command line`. */
  readonly source: string;
  /** Folder of the config file: packages that it names are searched from here. */
  readonly baseFolder: string;
  /** Fires when the person stops the command. */
  readonly signal: AbortSignal;
  /** Where results go. */
  readonly out: NodeJS.WritableStream;
  /** What was told already, in a command of several runs that would each tell the same. Default: nothing is kept. */
  readonly told?: Set<string>;
}

/** Writes lines of progress; not again where a run before this one has told just the same. */
export function tellOnce(
  { progress, told }: Pick<RunContext, 'progress' | 'told'>,
  lines: readonly string[],
): void {
  const text = lines.join('\n');
  if (told?.has(text)) return;
  told?.add(text);
  for (const line of lines) progress.line(line);
}

/**
 * The context of a command.
 *
 * @param config the config file. Default: the config comes from the command line
 */
export function runContext(streams: Streams, signal: AbortSignal, config?: string): RunContext {
  return {
    source: config ?? 'command line',
    baseFolder: config === undefined ? process.cwd() : resolve(dirname(config)),
    signal,
    progress: new Progress(streams.err),
    out: streams.out,
  };
}

/** The run folder that a command names, and whether to go on with the run in it. */
export interface RunTarget {
  readonly folder: string;
  /** As in `OpenRunFolderOptions`. */
  readonly resume: boolean | 'if-begun';
}
