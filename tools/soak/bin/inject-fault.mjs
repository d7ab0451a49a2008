// Loaded before a program (`node --import`): lets the write number AT under ROOT fail as the system would let it, and
// notes in REPORT how many writes there were. A failing write takes half of its bytes first, as a full disk does.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const { at, turn, root, report } = JSON.parse(process.env.POLYTAG_FAULT);

/** What each call can be refused with. */
const CODES = {
  open: 'EACCES EROFS ENOSPC EMFILE ENFILE EIO EDQUOT ENOENT EPERM ELOOP ENAMETOOLONG ENOTDIR EISDIR ETXTBSY EBUSY EEXIST',
  write: 'ENOSPC EIO EDQUOT EFBIG',
  sync: 'EIO ENOSPC EDQUOT',
  rename: 'EACCES EXDEV EBUSY EROFS EIO ENOSPC EPERM EDQUOT',
  link: 'EIO ENOSPC EROFS EACCES',
  mkdir: 'EACCES EROFS ENOSPC ENOTDIR ENAMETOOLONG EDQUOT EIO ELOOP EEXIST',
};

let count = 0;
let failed = '';
const isOurs = (path) => typeof path === 'string' && `${resolve(path)}${sep}`.startsWith(`${root}${sep}`);

/** The fault that is due, if this call on `path` is the one. */
function due(call, path) {
  if (!isOurs(path) || ++count !== at) return undefined;
  const codes = CODES[call].split(' ');
  const code = codes[turn % codes.length];
  failed = `${call} ${code}`;
  return Object.assign(new Error(`${code}: made to fail, ${call} '${path}'`), { code, syscall: call, path });
}

if (isMainThread) {
  const real = { ...fs.promises };
  const sync = { ...fs };
  const paths = new WeakMap();
  const isWriting = (flags = 'r') => typeof flags === 'string' && /[wa+]/.test(flags);
  const handles = Object.getPrototypeOf(
    await real.open(process.execPath, 'r').then(async (one) => (await one.close(), one)),
  );
  const { write, writeFile, sync: flush } = handles;
  const half = (data) => Buffer.from(data).subarray(0, Buffer.byteLength(data) >> 1);

  fs.promises.open = async (path, flags, ...rest) => {
    const fault = isWriting(flags) && due('open', path);
    if (fault) throw fault;
    const handle = await real.open(path, flags, ...rest);
    if (isWriting(flags)) paths.set(handle, path);
    return handle;
  };
  handles.write = async function (data, ...rest) {
    const fault = due('write', paths.get(this));
    if (!fault) return write.call(this, data, ...rest);
    await write.call(this, half(data));
    throw fault;
  };
  handles.writeFile = async function (data, ...rest) {
    const fault = due('write', paths.get(this));
    if (!fault) return writeFile.call(this, data, ...rest);
    await writeFile.call(this, half(data));
    throw fault;
  };
  handles.sync = async function () {
    const fault = due('sync', paths.get(this));
    if (fault) throw fault;
    return flush.call(this);
  };
  for (const name of ['writeFile', 'appendFile'])
    fs.promises[name] = async (path, data, ...rest) => {
      const fault = due('write', path);
      if (!fault) return real[name](path, data, ...rest);
      await real[name](path, half(data), ...rest);
      throw fault;
    };
  for (const [name, call, which] of [
    ['mkdir', 'mkdir', 0],
    ['mkdtemp', 'mkdir', 0],
    ['rename', 'rename', 1],
    ['link', 'link', 1],
  ])
    fs.promises[name] = async (...given) => {
      const fault = due(call, given[which]);
      if (fault) throw fault;
      return real[name](...given);
    };
  fs.writeFileSync = (path, data, ...rest) => {
    const fault = due('write', path);
    if (!fault) return sync.writeFileSync(path, data, ...rest);
    sync.writeFileSync(path, half(data), ...rest);
    throw fault;
  };
  fs.renameSync = (from, to) => {
    const fault = due('rename', to);
    if (fault) throw fault;
    return sync.renameSync(from, to);
  };
  syncBuiltinESMExports();
  process.on('exit', () => sync.writeFileSync(report, JSON.stringify({ count, failed })));
}
