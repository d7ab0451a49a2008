import { Writable } from 'node:stream';
import { Command } from 'commander';
import { runProgram } from './run-program.js';
import { printableStreams } from './printable-streams.js';
import { outputEnded } from './watch-output.js';

/** Refuses every write, as a pipe without a reader or a full disk does. */
const refusing = (code: string) =>
  new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: refused, write`), { code })),
  });

/** What a stream has taken. */
function taking() {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, text: () => text };
}

/** Writes ten lines, unless nobody gets them. */
async function list(streams: { out: Writable; err: Writable }) {
  const shown = printableStreams(streams);
  let lines = 0;
  const program = new Command('list').action(async () => {
    for (; lines < 10 && !outputEnded(shown.out); lines++) {
      shown.out.write(`${lines}\n`);
      shown.err.write(`${lines}\n`);
      await new Promise((done) => setImmediate(done));
    }
  });
  return { status: await runProgram(program, [], shown), lines };
}

it('ends a listing quietly when its reader has gone', async () => {
  const err = taking();
  expect(await list({ out: refusing('EPIPE'), err: err.stream })).toEqual({ status: 0, lines: 1 });
  expect(err.text()).toBe('0\n');
});

it('ends it with 7 and the reason when the disk is full', async () => {
  const err = taking();
  expect(await list({ out: refusing('ENOSPC'), err: err.stream })).toEqual({ status: 7, lines: 1 });
  expect(err.text()).toMatch(
    /^0\nerror: The output cannot be written: .*\n {2}hint: Free some disk space.*\n {2}code: file\/ENOSPC\n$/,
  );
});

it.each(['EPIPE', 'ENOSPC', 'EIO'])('goes on without a log that ends with %s', async (code) => {
  const out = taking();
  expect(await list({ out: out.stream, err: refusing(code) })).toEqual({ status: 0, lines: 10 });
  expect(out.text()).toContain('9\n');
});
