// Lets the write number AT under ROOT fail as the system would let it, and notes all writes. A failing write takes half
// of its bytes first, as a full disk does. To be imported before the program: what it imports of `node:fs` is this.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { relative, resolve, sep } from 'node:path';

/** What each call can be refused with. */
const CODES = {
  open: 'EACCES EROFS ENOSPC EMFILE ENFILE EIO EDQUOT ENOENT EPERM ELOOP ENAMETOOLONG ENOTDIR EISDIR ETXTBSY EBUSY EEXIST',
  write: 'ENOSPC EIO EDQUOT EFBIG',
  sync: 'EIO ENOSPC EDQUOT',
  truncate: 'EIO EROFS EACCES',
  rename: 'EACCES EXDEV EBUSY EROFS EIO ENOSPC EPERM EDQUOT',
  link: 'EIO ENOSPC EROFS EACCES',
  mkdir: 'EACCES EROFS ENOSPC ENOTDIR ENAMETOOLONG EDQUOT EIO ELOOP EEXIST',
};

let fault = { at: 0, turn: 0, root: '' };
let writes = [];
let failed = '';

/** From now on: the write number `at` (from 1; 0: none) under `root` fails, in the `turn`-th of the ways that it can. */
export function letFail(next) {
  fault = next;
  writes = [];
  failed = '';
}

/** What has been written since, each as `CALL PATH` from the root on, and what failed, as `CALL CODE PATH`. */
export const written = () => ({ writes, failed });

const isOurs = (path) =>
  fault.root !== '' && typeof path === 'string' && `${resolve(path)}${sep}`.startsWith(`${fault.root}${sep}`);

/** The fault that is due, if this call on `path` is the one. */
function due(call, path) {
  if (!isOurs(path)) return undefined;
  const place = relative(fault.root, resolve(path));
  writes.push(`${call} ${place}`);
  if (writes.length !== fault.at) return undefined;
  const codes = CODES[call].split(' ');
  const code = codes[fault.turn % codes.length];
  failed = `${call} ${code} ${place}`;
  return Object.assign(new Error(`${code}: made to fail, ${call} '${path}'`), { code, syscall: call, path });
}

const real = { ...fs.promises };
const sync = { ...fs };
const paths = new WeakMap();
const isWriting = (flags = 'r') => typeof flags === 'string' && /[wa+]/.test(flags);
const handles = Object.getPrototypeOf(
  await real.open(process.execPath, 'r').then(async (one) => (await one.close(), one)),
);
const half = (data) => Buffer.from(data).subarray(0, Buffer.byteLength(data) >> 1);

fs.promises.open = async (path, flags, ...rest) => {
  const error = isWriting(flags) && due('open', path);
  if (error) throw error;
  const handle = await real.open(path, flags, ...rest);
  if (isWriting(flags)) paths.set(handle, path);
  return handle;
};
for (const name of ['write', 'writeFile', 'appendFile']) {
  const whole = handles[name];
  handles[name] = async function (data, ...rest) {
    const error = due('write', paths.get(this));
    if (!error) return whole.call(this, data, ...rest);
    await whole.call(this, half(data));
    throw error;
  };
}
for (const name of ['sync', 'datasync', 'truncate']) {
  const whole = handles[name];
  handles[name] = async function (...given) {
    const error = due(name === 'datasync' ? 'sync' : name, paths.get(this));
    if (error) throw error;
    return whole.apply(this, given);
  };
}
for (const name of ['writeFile', 'appendFile'])
  fs.promises[name] = async (path, data, ...rest) => {
    const error = due('write', path);
    if (!error) return real[name](path, data, ...rest);
    await real[name](path, half(data), ...rest);
    throw error;
  };
for (const [name, call, which] of [
  ['mkdir', 'mkdir', 0],
  ['mkdtemp', 'mkdir', 0],
  ['truncate', 'truncate', 0],
  ['rename', 'rename', 1],
  ['link', 'link', 1],
  ['symlink', 'link', 1],
  ['copyFile', 'write', 1],
  ['cp', 'write', 1],
])
  fs.promises[name] = async (...given) => {
    const error = due(call, given[which]);
    if (error) throw error;
    return real[name](...given);
  };
for (const name of ['writeFileSync', 'appendFileSync'])
  fs[name] = (path, data, ...rest) => {
    const error = due('write', path);
    if (!error) return sync[name](path, data, ...rest);
    sync[name](path, half(data), ...rest);
    throw error;
  };
for (const [name, call, which] of [
  ['mkdirSync', 'mkdir', 0],
  ['renameSync', 'rename', 1],
  ['copyFileSync', 'write', 1],
])
  fs[name] = (...given) => {
    const error = due(call, given[which]);
    if (error) throw error;
    return sync[name](...given);
  };
syncBuiltinESMExports();
