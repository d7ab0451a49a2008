import { strings } from '../strings.ts';
import type { PhotoSource } from '../worker/protocol.ts';

/** What `polytag-eval play` was given; nothing where the page lies on a static host. */
export interface Offer {
  readonly model?: { readonly name: string; readonly files: readonly string[] };
  readonly data?: { readonly name: string; readonly id: string };
}

const token = document.querySelector<HTMLMetaElement>('meta[name="polytag-token"]')?.content;

/** Whether `polytag-eval play` serves the page. */
export const isPlayed = token !== undefined;

const addressOf = (what: string) => new URL(`./play/${what}`, document.baseURI).href;

async function ask(what: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...(init.headers as Record<string, string>), 'X-Polytag-Token': token! };
  const response = await fetch(addressOf(what), { ...init, headers }).catch(() => {
    throw new Error(strings.server.gone);
  });
  if (response.ok) return response;
  const { message, hint } = (await response.json().catch(() => ({}))) as { message?: string; hint?: string };
  throw new Error([message ?? `${response.status}`, hint].filter(Boolean).join(' '));
}

export const offer = async (): Promise<Offer> =>
  isPlayed ? ((await (await ask('offer')).json()) as Offer) : {};

export const playedModel = async (files: readonly string[]): Promise<Map<string, Blob>> =>
  new Map(
    await Promise.all(files.map(async (name) => [name, await (await ask(`model/${name}`)).blob()] as const)),
  );

export const readLabels = async (): Promise<{ text: string; version: string }> =>
  (await (await ask('data')).json()) as { text: string; version: string };

export async function writeLabels(text: string, version: string): Promise<string> {
  const response = await ask('data', { method: 'PUT', body: text, headers: { 'If-Match': version } });
  return ((await response.json()) as { version: string }).version;
}

/** @param version of the label file that lists it */
export const playedImage = (version: string, index: number): PhotoSource => ({
  address: addressOf(`image/${version}/${index}`),
  token: token!,
});
