import { spawnSync } from 'node:child_process';

const START = new URL('../../bin/start.js', import.meta.url).href;

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
