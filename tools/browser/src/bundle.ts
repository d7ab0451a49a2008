import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildResult } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles for browsers, as a user's bundler does: the `browser` conditions of every package, modules, and a file for
 * each part that is loaded later. An import of a Node built-in fails.
 */
export function bundle(
  entries: Readonly<Record<string, string>>,
): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    entryPoints: Object.entries(entries).map(([out, path]) => ({ in: path, out })),
    absWorkingDir: here,
    outdir: join(here, 'bundled'),
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@polytag/source'],
    logLevel: 'silent',
  });
}
