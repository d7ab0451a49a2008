import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../../apps/trainer/bin/polytag-train.js', import.meta.url));

export interface Life {
  /** `undefined` when it was killed. */
  readonly status?: number;
  readonly stderr: string;
  readonly seconds: number;
}

/**
 * One life of a training process, ended by SIGKILL after `killAfter` milliseconds unless it ends before.
 *
 * @param from `start`: counted from the start of the process; `step`: from its first finished step
 */
export function live(
  argv: readonly string[],
  kill?: { readonly after: number; readonly from: 'start' | 'step' },
): Promise<Life> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, 'fit', ...argv], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let stderr = '';
    let timer: NodeJS.Timeout | undefined;
    const arm = () => void (timer ??= setTimeout(() => child.kill('SIGKILL'), kill!.after));
    if (kill?.from === 'start') arm();
    child.stderr.on('data', (text) => {
      stderr += text;
      if (kill?.from === 'step' && stderr.includes('epoch ')) arm();
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - started) / 1000;
      resolve({ ...(signal ? {} : { status: status ?? -1 }), stderr, seconds });
    });
  });
}
