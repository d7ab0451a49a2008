import type { FolderFiles } from './protocol.ts';

const hex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The files of a folder with the list of their checksums, which readers of the folder verify. */
export async function withManifest(
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<FolderFiles> {
  const listed: Record<string, { bytes: number; sha256: string }> = {};
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
    listed[name] = { bytes: bytes.length, sha256: hex(digest) };
  }
  return { ...files, 'manifest.json': `${JSON.stringify({ version: 1, files: listed }, null, 2)}\n` };
}
