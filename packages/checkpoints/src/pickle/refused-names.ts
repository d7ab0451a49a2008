/**
 * What a pickle may not name. Nothing that it names is ever run here, whatever it is; but a file that names what runs
 * programs or opens files is no plain checkpoint, and whoever got it should know.
 */

/** Modules of Python that hold no plain data (`sys.stdlib_module_names` of 3.11, and those that went before it). */
const MODULES = new Set(
  (
    'Queue StringIO _aix_support _ast _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk ' +
    '_codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _compat_pickle _compression _contextvars _crypt _csv _ctypes ' +
    '_curses _curses_panel _dbm _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib ' +
    '_heapq _imp _io _json _locale _lsprof _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode ' +
    '_operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess _py_abc _pyio _queue _scproxy _sha1 ' +
    '_sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _ssl _stat _struct _symtable _thread ' +
    '_threading_local _tkinter _tokenize _tracemalloc _warnings _winapi aifc ast asynchat asyncio asyncore atexit ' +
    'audioop base64 bdb binascii bisect bz2 cPickle cProfile cStringIO cgi cgitb chunk cmath cmd code codecs codeop ' +
    'colorsys commands compileall concurrent configparser contextlib contextvars copy crypt csv ctypes curses dbm ' +
    'difflib dis distutils doctest email encodings ensurepip errno faulthandler fcntl filecmp fileinput fnmatch ' +
    'ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http ' +
    'idlelib imaplib imghdr imp importlib inspect io json keyword lib2to3 linecache locale lzma mailbox mailcap ' +
    'marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path ' +
    'opcode operator optparse os ossaudiodev pdb pickle pickletools pipes pkgutil platform plistlib popen2 poplib ' +
    'posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri readline ' +
    'reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib ' +
    'sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat stringprep struct ' +
    'subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap threading ' +
    'timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo unicodedata unittest ' +
    'urllib urllib2 uu venv warnings wave webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile ' +
    'zipimport zlib'
  ).split(' '),
);

/** Of such modules, what training programs do keep. */
const DATA = new Set([
  'functools.partial',
  'io.BytesIO',
  'io.StringIO',
  '_io.BytesIO',
  '_io.StringIO',
  'queue.Queue',
]);

/** What may be named of `builtins`, beside its exceptions. */
const BUILTINS = new Set(
  (
    'bool bytearray bytes complex dict enumerate filter float frozenset getattr int iter list long map object range reversed set ' +
    'slice str tuple type unicode xrange zip'
  ).split(' '),
);

const isClass = (name: string): boolean => /^_*[A-Z]/.test(name);

/** @param name `module.name` */
export function isRefused(name: string): boolean {
  const [root] = name.split('.', 1);
  if (root === 'builtins') return !BUILTINS.has(lastOf(name)) && !isClass(lastOf(name));
  return MODULES.has(root) && !DATA.has(name);
}

/**
 * Whether a call of what is not known is a call of a function, not of a class: by its name. What rebuilds data begins with an
 * underscore, in every package.
 */
export function isFunctionCall(name: string): boolean {
  const [root] = name.split('.', 1);
  // Of Python's own, those that are left are data.
  if (root === 'builtins' || PYTHON_DATA.has(root)) return false;
  return !isClass(lastOf(name)) && !lastOf(name).startsWith('_');
}

/** Modules of Python whose functions and classes make plain data. */
const PYTHON_DATA = new Set(
  (
    'abc argparse array calendar collections copyreg copy_reg dataclasses datetime decimal enum fractions ipaddress itertools ' +
    'logging numbers pathlib random re statistics string time types typing uuid weakref zoneinfo functools queue'
  ).split(' '),
);

const lastOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
