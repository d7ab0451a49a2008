import { PolytagError, UsageError } from '@polytag/core';
import { fileErrorFrom } from '@polytag/files';
import { Command, CommanderError } from 'commander';
import { collect } from './option-values.js';
import type { Streams } from './printable-streams.js';
import { outputFault, watchOutput } from './watch-output.js';

/**
 * Runs a command line and returns its exit status (the table is in the errors of `@polytag/core`).
 *
 * An error of Polytag is printed as message, hint and code; any other error is a bug and is printed with its stack. A
 * stream that cannot be written to does not end the work. If the reader of `out` has gone (`| head`), the status is
 * that of the work. If the disk is full, this is printed too, and the status is 7 instead of 0 or 3, because results
 * are lost. What cannot be written to `err` is dropped.
 */
export async function runProgram(
  program: Command,
  argv: readonly string[],
  streams: Streams,
): Promise<number> {
  watchOutput(streams.out);
  watchOutput(streams.err);
  const status = await statusOf(program, argv, streams);
  // A stream tells of its faults after the write.
  await new Promise((done) => setImmediate(done));
  const fault = outputFault(streams.out);
  if (!fault) return status;
  streams.err.write(`${describeError(fault)}\n`);
  return status === 0 || status === 3 ? fault.exitCode : status;
}

async function statusOf(program: Command, argv: readonly string[], streams: Streams): Promise<number> {
  silence(program, streams);
  refuseRepeats(program);
  refuseEmptyPaths(program);
  try {
    await program.parseAsync(['node', program.name(), ...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed its own message; help and version are no errors.
      return error.exitCode === 0 ? 0 : new UsageError(error.code, error.message).exitCode;
    }
    const shown = fileErrorFrom(error) ?? error;
    streams.err.write(`${describeError(shown)}\n`);
    return shown instanceof PolytagError ? shown.exitCode : 1;
  }
}

/** Keeps commander and its subcommands from ending the process or writing to other streams. */
function silence(command: Command, streams: Streams): void {
  command.exitOverride();
  command.showHelpAfterError('(add --help for the options)');
  command.configureOutput({
    writeOut: (text) => void streams.out.write(text),
    writeErr: (text) => void streams.err.write(text),
  });
  command.commands.forEach((inner) => silence(inner, streams));
}

/** Refuses an option that is given twice but takes one value: commander would silently take the last. */
function refuseRepeats(command: Command): void {
  for (const option of command.options) {
    const takesOne = (option.required || option.optional) && !option.variadic && option.parseArg !== collect;
    let isGiven = false;
    if (!takesOne) continue;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) command.error(`error: option '${option.flags}' was given twice; give it once`);
      isGiven = true;
    });
  }
  command.commands.forEach(refuseRepeats);
}

/** Refuses an empty path, e.g. from an unset variable of a script: it would mean the working folder. */
function refuseEmptyPaths(command: Command): void {
  for (const option of command.options) {
    if (!/[<[](?:folder|file)s?(?:\.\.\.)?[>\]]/.test(option.flags)) continue;
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (value === '')
        command.error(`error: option '${option.flags}' is empty; name a path, or leave it out`);
    });
  }
  command.commands.forEach(refuseEmptyPaths);
}

export function describeError(error: unknown): string {
  if (!(error instanceof PolytagError))
    return error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return [
    `error: ${error.message}`,
    ...(error.hint ? [`  hint: ${error.hint}`] : []),
    `  code: ${error.code}`,
  ].join('\n');
}
