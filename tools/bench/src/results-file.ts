import { writeFile } from 'node:fs/promises';

/** Writes results as JSON where `--json` asks for it. */
export async function writeResults(file: string | undefined, results: object): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}
