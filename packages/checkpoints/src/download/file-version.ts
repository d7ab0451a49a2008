/** What a server says about the version of a file, so that a second part is of the same one as the first. */
export interface FileVersion {
  readonly etag?: string;
  readonly lastModified?: string;
  /** Bytes in all. */
  readonly size?: number;
}

export function versionOf({ status, headers }: Response): FileVersion {
  // A compressed answer has the length of something else.
  const encoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  const length = headers.get('content-length');
  return {
    etag: headers.get('etag') ?? undefined,
    lastModified: headers.get('last-modified') ?? undefined,
    size: status === 206 ? rangeOf(headers)?.size : encoded || length === null ? undefined : Number(length),
  };
}

/** What a `Content-Range` header says: `bytes 5-9/10`; of an answer 416, the size alone, after an asterisk. */
export function rangeOf(headers: Headers): { readonly start?: number; readonly size?: number } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const number = (text: string | undefined) =>
    text === undefined || text === '*' ? undefined : Number(text);
  return match ? { start: number(match[1]), size: number(match[2]) } : undefined;
}

/**
 * What `If-Range` asks the server to compare: a strong ETag, else the date. Undefined: nothing tells whether it is the
 * same file.
 */
export function validatorOf({ etag, lastModified }: FileVersion): string | undefined {
  return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
}

/** Whether two answers may be about one version: nothing that both say differs. */
export function sameVersion(a: FileVersion, b: FileVersion): boolean {
  return (['etag', 'lastModified', 'size'] as const).every(
    (key) => a[key] === undefined || b[key] === undefined || a[key] === b[key],
  );
}
