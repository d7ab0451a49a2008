import { strings } from '../strings.ts';
import { opened } from './entries.ts';
import type { FileEntry } from './file-entry.ts';

const MOST_BYTES = 2 ** 31 - 1;

/**
 * The files at an address of the page's own site: a file, the content of a zip file, or a model folder (an address that ends
 * with a slash), whose manifest lists its files. The policy of the page allows no other site.
 *
 * @throws Error
 */
export async function entriesAt(address: string): Promise<FileEntry[]> {
  const url = URL.canParse(address, document.baseURI) ? new URL(address, document.baseURI) : undefined;
  if (!url || url.origin !== location.origin) throw new Error(strings.address.otherSite);
  const path = decoded(url.pathname);
  if (path === undefined) throw new Error(strings.address.notAddress(address));
  if (!path.endsWith('/')) return opened([{ path: nameOf(path), blob: await fetched(url) }]);
  const folder = nameOf(path.slice(0, -1)) || 'model';
  const names = namesIn(await (await fetched(new URL('manifest.json', url))).text());
  if (!names) throw new Error(strings.address.noManifest(address));
  return Promise.all(
    names.map(async (name) => ({ path: `${folder}/${name}`, blob: await fetched(new URL(name, url)) })),
  );
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);

async function fetched(url: URL): Promise<Blob> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new Error(strings.address.missing(url.pathname, response?.status));
  if (Number(response.headers.get('content-length') ?? 0) > MOST_BYTES)
    throw new Error(strings.files.tooLarge(url.pathname));
  return response.blob();
}

/** Names in the manifest of a model folder; undefined where it is none. */
function namesIn(manifest: string): string[] | undefined {
  try {
    const { files } = JSON.parse(manifest) as { files?: object };
    const names = Object.keys(files ?? {});
    const arePlain = names.every((name) => /^[\w-][\w.-]*$/.test(name));
    return names.length > 0 && arePlain ? names : undefined;
  } catch {
    return undefined;
  }
}
