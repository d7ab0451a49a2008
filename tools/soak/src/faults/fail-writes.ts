import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { FaultFailure, type Outcome, type Programs } from './programs.js';
import type { Verb } from './verbs.js';

export interface FailWritesOptions {
  readonly programs: Programs;
  /** Of a base folder, which stays as it is (`prepareBase`). */
  readonly base: string;
  /**
   * Which writes fail. `all`: each in turn. `kinds`: where the same call comes to the same kind of file again, as in
   * every epoch, the first, a middle and the last one; of the writes of another verb (`Verb.within`) one in ten kinds,
   * once. A number: each so many-th.
   */
  readonly which: 'all' | 'kinds' | number;
  /** Every so many-th fault is tried in a process of its own, the first one too. Default 10. */
  readonly alone?: number;
  /** Added to the number of the write to choose the error that it fails with. Default 0. */
  readonly turn?: number;
}

export interface FaultCounts {
  /** Writes of the verb. */
  readonly writes: number;
  /** Of those, the writes that were made to fail. */
  readonly tried: number;
  /** Of those, the ones in a process of their own. */
  readonly alone: number;
  /** What was not as it should be, one text for each write. */
  readonly wrong: readonly string[];
}

/**
 * Runs a verb again and again, each time with another of its writes failing. Every time it must end with status 7 and one
 * error with a hint, leave nothing half-written and what was there before as it was, and, when it is run again, succeed
 * with the files of a run without a fault.
 *
 * @throws FaultFailure `soak/fault` where the verb fails without a fault
 */
export async function failWrites(
  verb: Verb,
  { programs, base, which, alone = 10, turn = 0 }: FailWritesOptions,
): Promise<FaultCounts> {
  const parent = await mkdtemp(`${base}-`);
  const root = join(parent, 'work');
  const fresh = () => {
    rmSync(root, { recursive: true, force: true });
    cpSync(base, root, { recursive: true });
  };
  const before = contentsOf(base);
  const unbroken = async () => {
    fresh();
    const outcome = await programs.run(verb, root);
    if (outcome.status !== 0)
      throw new FaultFailure('soak/fault', `${verb.name} failed without a fault.\n${outcome.err}`);
    return { writes: outcome.writes, after: contentsOf(root) };
  };
  const [one, two] = [await unbroken(), await unbroken()];
  const expected = stableFiles(one.after, two.after);
  const chosen = chooseWrites(one.writes, which, verb.within);
  const wrong: string[] = [];
  let processes = 0;
  let tried = 0;
  for (const [i, at] of chosen.entries()) {
    fresh();
    const isAlone = i % alone === 0;
    const outcome = await programs[isAlone ? 'runAlone' : 'run'](verb, root, { at, turn: at + turn });
    if (verb.varies && outcome.failed === '' && outcome.status === 0) continue;
    tried++;
    if (isAlone) processes++;
    const faults = wrongAfterFault(verb, outcome, { before, after: contentsOf(root), expected });
    const begun = await Promise.all((verb.again?.when ?? ['.']).map((path) => exists(join(root, path))));
    const argv = [...verb.argv, ...((begun.includes(true) && verb.again?.argv) || [])];
    const again = await programs.run({ ...verb, argv }, root);
    if (again.status !== 0) faults.push(`run again: status ${again.status}\n${again.err}`);
    else faults.push(...differences(expected, contentsOf(root), verb));
    if (faults.length > 0) wrong.push(`${verb.name}, write ${at} (${outcome.failed}): ${faults.join('; ')}`);
  }
  await rm(parent, { recursive: true });
  return { writes: one.writes.length, tried, alone: processes, wrong };
}

/** Of the kinds of writes that another verb has as well, every so many-th is tried. */
const OF_OTHERS = 10;

/** Numbers of writes, from 1. */
export function chooseWrites(
  writes: readonly string[],
  which: FailWritesOptions['which'],
  within?: RegExp,
): number[] {
  const all = writes.map((_, i) => i + 1);
  if (which === 'all') return all;
  if (typeof which === 'number') return all.filter((at) => at % which === 1 % which);
  const kinds = new Map<string, number[]>();
  for (const at of all) {
    const kind = kindOf(writes[at - 1]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), at]);
  }
  const isOther = ([at]: readonly number[]) => within?.test(writes[at - 1]) ?? false;
  const [others, own] = [true, false].map((other) =>
    [...kinds.values()].filter((ats) => isOther(ats) === other),
  );
  const some = [
    ...own.flatMap((ats) => [ats[0], ats[ats.length >> 1], ats.at(-1)!]),
    ...others.filter((_, i) => i % OF_OTHERS === 0).map(([at]) => at),
  ];
  return [...new Set(some)].sort((a, b) => a - b);
}

/** The same for names that differ in a number, a process or random digits. */
const kindOf = (write: string): string =>
  write.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '*').replace(/[0-9a-f]{32}|\d[\d.]*/g, '#');

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Digests of files by path; of hidden folders that they are there. */
type Contents = ReadonlyMap<string, string>;

/** Of a run without a fault: what each kind of file is, or `undefined` where two runs give it another content. */
type Expected = ReadonlyMap<string, string | undefined>;

function stableFiles(one: Contents, two: Contents): Expected {
  const stable = [...one].map(
    ([path, digest]) => [path, two.get(path) === digest ? digest : undefined] as const,
  );
  return new Map(
    stable.map(([path, digest]) => (digest === undefined ? [kindOf(path), digest] : [path, digest])),
  );
}

/** What a verb that was run again has left otherwise than one that met no fault, but for what it can do without. */
function differences(expected: Expected, after: Contents, { forgives, timed }: Verb): string[] {
  const kinds = new Set([...after.keys()].map(kindOf));
  const missing = [...expected.keys()].filter((path) => !after.has(path) && !kinds.has(path));
  const other = [...expected].filter(
    ([path, digest]) =>
      digest !== undefined &&
      after.has(path) &&
      after.get(path) !== digest &&
      !forgives?.test(path) &&
      !timed?.test(path),
  );
  const more = [...after.keys()].filter((path) => !expected.has(path) && !expected.has(kindOf(path)));
  return [
    ...(missing.length > 0 ? [`run again: missing ${missing.join(', ')}`] : []),
    ...(other.length > 0 ? [`run again: otherwise ${other.map(([path]) => path).join(', ')}`] : []),
    ...(more.length > 0 ? [`run again: too many ${more.join(', ')}`] : []),
  ];
}

interface Files {
  readonly before: Contents;
  readonly after: Contents;
  readonly expected: Expected;
}

function wrongAfterFault(
  verb: Verb,
  { status, err, failed }: Outcome,
  { before, after, expected }: Files,
): string[] {
  const aside = [...after.keys()].filter(
    (path) =>
      !before.has(path) &&
      /(^|\/)\.|\.tmp$|run\.lock|incomplete|polytag-dry-run/.test(path) &&
      !verb.keeps?.test(path),
  );
  const isOther = (path: string, content: Contents) => before.get(path) !== content.get(path);
  const changed = [...before.keys()].filter((path) => isOther(path, after));
  const replaced = changed.filter((path) => verb.replaces?.test(path));
  // Of what is replaced together all is old, or all is new.
  const isHalf =
    replaced.length > 0 &&
    [...expected].some(
      ([path, digest]) => verb.replaces?.test(path) && digest !== undefined && after.get(path) !== digest,
    );
  const others = changed.filter((path) => !replaced.includes(path));
  const forgiven = verb.forgives?.test(failed) && status === 0;
  // An image that the run goes without is told in one line, its code at the end; what ends it has a hint and a code below.
  const errors = err
    .split('\n')
    .filter((line) => line.startsWith('error: ') && !/ \(data\/[\w-]+\)$/.test(line));
  return [
    ...(failed === '' ? ['the write did not come'] : []),
    ...(status === 7 || forgiven ? [] : [`status ${status}`]),
    ...(errors.length === 1 || forgiven ? [] : [`${errors.length} errors`]),
    ...(forgiven || /\n {2}hint: .+\n {2}code: file\/E/.test(`\n${err}`) ? [] : ['no hint and code']),
    ...(/\n {4}at /.test(err) ? ['a stack'] : []),
    ...(aside.length === 0 ? [] : [`left aside: ${aside.join(', ')}`]),
    ...(others.length === 0 ? [] : [`changed: ${others.join(', ')}`]),
    ...(isHalf ? [`half replaced: ${replaced.join(', ')}`] : []),
  ].map((one, i, all) => (i === all.length - 1 ? `${one}\n${err}` : one));
}

/** At once, not file by file: this is run dozens of times for each verb, on hundreds of small files. */
function contentsOf(root: string): Map<string, string> {
  const contents = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (entry.isFile()) contents.set(name, createHash('sha256').update(readFileSync(path)).digest('hex'));
    else if (entry.name.startsWith('.')) contents.set(name, 'folder');
  }
  return new Map([...contents].sort(([a], [b]) => (a < b ? -1 : 1)));
}
