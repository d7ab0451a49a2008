import { MIMEType } from 'node:util';
import { printable, validate } from '@polytag/core';
import { addressListSchema } from './schemas.js';
import { RequestError } from './request-error.js';

/** A picture of a request: its bytes, or where they are. */
export interface RequestImage {
  /** File name or address; undefined of a picture that is a body by itself. */
  readonly name?: string;
  readonly source: { readonly bytes: Uint8Array } | { readonly address: string };
  /** Whether `curl --data` has left out its line breaks: a form without any, which a whole picture can hardly be. */
  readonly hasLostLineBreaks?: boolean;
}

export interface RequestImages {
  readonly images: readonly RequestImage[];
  /** Whether the body is one picture, which is answered without a list. */
  readonly isSingle: boolean;
}

/** Parts that a multipart body may have beside the images that are accepted at all. */
const MOST_PARTS = 1000;
/** Bytes that the head of a part may have: as many as those of a request. */
const PART_HEAD = 16_384;

/**
 * The pictures of a request: a JSON list of addresses, files of a form (multipart/form-data), or any other body, which is
 * one picture whatever it calls itself: its content tells.
 *
 * @throws RequestError `serve/no-image`, `serve/json-type`, `serve/bad-json`, `serve/bad-form`; UsageError `usage/invalid`
 */
export async function requestImages(body: Buffer, contentType: string): Promise<RequestImages> {
  if (body.length === 0) {
    throw new RequestError(400, 'serve/no-image', 'The body is empty.', {
      hint: 'Send a JPEG, PNG or WebP as the body, e.g. curl --data-binary @photo.jpg.',
    });
  }
  const type = contentType.split(';', 1)[0].trim().toLowerCase();
  if (type === 'application/json') return { images: addresses(body), isSingle: false };
  if (type === 'multipart/form-data') return { images: await formFiles(body, contentType), isSingle: false };
  if (looksLikeJson(body)) throw notSaidToBeJson(type);
  const hasLostLineBreaks =
    type === 'application/x-www-form-urlencoded' && !body.includes('\n') && !body.includes('\r');
  return { images: [{ source: { bytes: Uint8Array.from(body) }, hasLostLineBreaks }], isSingle: true };
}

/** Whether a body begins as a list or an object, which no picture does. */
const looksLikeJson = (body: Buffer): boolean =>
  /^(\xef\xbb\xbf)?\s*[[{]/.test(body.subarray(0, 1000).toString('latin1'));

/**
 * `curl -d` calls every body a form. It is not read as JSON all the same: a page of another site may send a form to a server
 * of this machine, and JSON it may not.
 */
const notSaidToBeJson = (type: string): RequestError =>
  new RequestError(
    415,
    'serve/json-type',
    type === ''
      ? 'The body is JSON, but the request has no Content-Type.'
      : `The body is JSON, but its Content-Type is ${printable(type, 100)}.`,
    {
      hint: 'Add the header "Content-Type: application/json"; with curl: -H "Content-Type: application/json".',
    },
  );

function addresses(body: Buffer): RequestImage[] {
  let list: unknown;
  try {
    // A byte order mark in front, as Windows writes it, is no fault.
    list = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new RequestError(
      400,
      'serve/bad-json',
      `The body is not valid JSON: ${printable((cause as Error).message, 200)}.`,
      {
        hint: 'Send a list of URLs: ["https://…/1.jpg", "https://…/2.jpg"].',
        cause,
      },
    );
  }
  return validate(addressListSchema, list, { source: 'request', path: 'body' }).map((address) => ({
    name: address,
    source: { address },
  }));
}

async function formFiles(body: Buffer, contentType: string): Promise<RequestImage[]> {
  const bad = (message: string, cause?: unknown) =>
    new RequestError(400, 'serve/bad-form', message, {
      hint: 'Send each picture as a file of the form, e.g. curl -F image=@photo.jpg.',
      cause,
    });
  const boundary = boundaryOf(contentType);
  if (!boundary) throw bad('The content type of the form has no boundary.');
  assertSmallParts(body, `--${boundary}`, bad);
  let form: FormData;
  try {
    form = await new Response(Uint8Array.from(body), { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw bad('The form cannot be read: it is truncated, or does not match its boundary.', cause);
  }
  const images: RequestImage[] = [];
  for (const [field, value] of form) {
    if (typeof value === 'string')
      throw bad(`The field "${printable(field, 100)}" of the form is not a file.`);
    images.push({ name: value.name, source: { bytes: new Uint8Array(await value.arrayBuffer()) } });
  }
  if (images.length === 0) {
    throw new RequestError(400, 'serve/no-image', 'The form has no files.', {
      hint: 'Send each picture as a file of the form, e.g. curl -F image=@photo.jpg.',
    });
  }
  return images;
}

/** Read as whoever reads the form reads it: a regular expression would also find `xboundary=`. */
function boundaryOf(contentType: string): string | null {
  try {
    return new MIMEType(contentType).params.get('boundary');
  } catch {
    return null;
  }
}

/** A form of a million parts, or lines in the head of one, would take far more time and memory than its bytes. */
function assertSmallParts(body: Buffer, delimiter: string, bad: (message: string) => RequestError): void {
  let parts = 0;
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    if (++parts > MOST_PARTS) throw bad(`The form has more than ${MOST_PARTS} parts.`);
    const head = body.subarray(at + delimiter.length, at + delimiter.length + PART_HEAD);
    if (head.length === PART_HEAD && !head.includes('\r\n\r\n'))
      throw bad(`A part of the form has a head of more than ${PART_HEAD} bytes.`);
  }
}
