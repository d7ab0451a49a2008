import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAddon } from './native-builds.js';

// Any program of this system has the form of an addon here.
const program = readFileSync(process.execPath);

describe('a file that is no addon of ours gives a reason', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'polytag-native-'))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const loaded = (bytes: Uint8Array) => {
    const file = join(folder, 'addon.node');
    writeFileSync(file, bytes);
    return loadAddon(file);
  };

  it.each([0, 10, 64, 5000])('cut after %d bytes', (length) => {
    const found = loaded(program.subarray(0, length));
    expect(found).toEqual({ builds: [], reason: expect.stringContaining('cannot be loaded') });
    // A longer piece is mapped by dlopen, and the process ends with SIGBUS.
    if (process.platform === 'linux' && length >= 64) {
      expect(found).toHaveProperty('reason', expect.stringContaining('cut short'));
    }
  });

  it('a folder, and text', () => {
    expect(loadAddon(folder)).toHaveProperty('reason', expect.stringContaining('cannot be loaded'));
    expect(loaded(Buffer.from('version https://git-lfs'))).toHaveProperty(
      'reason',
      expect.stringContaining('cannot be loaded'),
    );
  });
});
