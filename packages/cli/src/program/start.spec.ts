import { spawnSync } from 'node:child_process';

const START = new URL('../../bin/start.js', import.meta.url).href;
const LOADING = new URL('../../bin/while-loading.js', import.meta.url).href;

/** A program of its own that says its arguments and ends with 7, on a version of Node. */
function started(node: string) {
  const code = `
    Object.defineProperty(process.versions, 'node', { value: ${JSON.stringify(node)} });
    const { start } = await import(${JSON.stringify(START)});
    process.argv = ['node', 'program', 'a', 'b'];
    start(async () => ({ main: async (argv) => (console.log(argv.join()), 7) }));
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return { status, stdout, stderr };
}

it.each(['20.19.0', '22.1.0'])('ends with the status of the program on Node %s', (node) => {
  expect(started(node)).toEqual({ status: 7, stdout: 'a,b\n', stderr: '' });
});

it.each(['20.18.3', '18.20.1'])('refuses Node %s before the program is imported', (node) => {
  expect(started(node)).toEqual({
    status: 2,
    stdout: '',
    stderr: `error: Polytag needs Node 20.19 or newer (this is ${node}).\n`,
  });
});

/** What becomes of a program that gets a signal at a moment. */
function signalled(at: { readonly import?: string; readonly main?: string }) {
  const signal = `process.kill(process.pid, 'SIGTERM')`;
  const code = `
    const { start } = await import(${JSON.stringify(START)});
    const { whileLoading } = await import(${JSON.stringify(LOADING)});
    const later = (ms) => new Promise((done) => setTimeout(done, ms));
    start(async () => {
      ${at.import ?? ''};
      return { main: async () => { ${at.main ?? ''}; return 7; } };
    });
  `.replaceAll('SIGNAL', signal);
  const {
    status,
    signal: by,
    stdout,
    stderr,
  } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 60_000,
  });
  return { status, by, stdout, stderr };
}

const STOPPED = {
  status: 130,
  by: null,
  stdout: '',
  stderr: 'stopped by SIGTERM while the program was loading: nothing was begun\n',
};

const ifPosix = process.platform === 'win32' ? it.skip : it;

// On Windows a process cannot send itself a signal that it can take.
ifPosix.each([
  ['the program is imported', { import: 'SIGNAL; await later(60_000)' }],
  ['a module of it is run, which hears no signal', { import: 'SIGNAL', main: 'await later(60_000)' }],
  ['a command imports what it needs', { main: 'await whileLoading(() => (SIGNAL, later(60_000)))' }],
])('a signal while %s ends it with 130 and without a stack', (_, at) => {
  expect(signalled(at)).toEqual(STOPPED);
});

ifPosix('a command that takes signals right after its modules are loaded gets each', () => {
  const main = `await whileLoading(() => later(1)); process.on('SIGTERM', () => console.log('taken')); await later(1); SIGNAL; await later(50)`;
  expect(signalled({ main })).toEqual({ status: 7, by: null, stdout: 'taken\n', stderr: '' });
});

ifPosix('a command that takes no signals ends of them at once, once it is loaded', () => {
  const main = `await whileLoading(() => later(1)); await later(20); SIGNAL; for (;;);`;
  expect(signalled({ main })).toEqual({ status: null, by: 'SIGTERM', stdout: '', stderr: '' });
});
