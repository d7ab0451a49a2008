import { dirname, resolve } from 'node:path';
import { Progress, type Streams } from '@polytag/cli';

/** What a command hands to the work that it starts: where the config comes from, and how to speak with the person. */
export interface RunContext {
  /** What errors call the config: its file name, or `command line`. */
  readonly source: string;
  /** Folder of the config file: packages that it names are searched from here. */
  readonly baseFolder: string;
  /** Fires when the person stops the command. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Where results go. */
  readonly out: NodeJS.WritableStream;
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
