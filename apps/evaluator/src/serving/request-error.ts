import { DataError, DivergenceError, PolytagError, UsageError } from '@polytag/core';

/** A request that is not answered with labels: what is told of it, and its HTTP status. */
export class RequestError extends UsageError {
  /** 400 to 599 */
  readonly status: number;
  /** Seconds after which to ask again. */
  readonly retryAfter?: number;

  constructor(
    status: number,
    code: string,
    message: string,
    options: { readonly hint: string; readonly retryAfter?: number; readonly cause?: unknown },
  ) {
    super(code, message, options);
    this.status = status;
    this.retryAfter = options.retryAfter;
  }
}

/** What of an error a client is told. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** HTTP status of an image that cannot be used. */
const STATUS_OF_DATA: Readonly<Record<string, number>> = {
  'data/not-an-image': 415,
  'data/image-too-large': 413,
  'data/file-too-large': 413,
};

/** The HTTP status that an error is answered with. */
export function statusOf(error: unknown): number {
  if (error instanceof RequestError) return error.status;
  if (error instanceof UsageError) return 400;
  if (error instanceof DataError) return STATUS_OF_DATA[error.code] ?? 422;
  return 500;
}

/** Whether an error is of one image alone: those beside it in a request are answered all the same. */
export const isOfImage = (error: unknown): error is PolytagError =>
  error instanceof DataError ||
  error instanceof DivergenceError ||
  (error instanceof RequestError && error.code.startsWith('serve/fetch-'));

/** What a client gets. A defect is not described: what it says may be about the machine. */
export function bodyOf(error: unknown): ErrorBody {
  if (error instanceof PolytagError) {
    const {
      code,
      message,
      hint = error instanceof UsageError ? 'See GET /openapi.json.' : undefined,
    } = error;
    return { error: { code, message, ...(hint !== undefined && { hint }) } };
  }
  return {
    error: {
      code: 'serve/defect',
      message: 'The server failed on this request. Other requests are unaffected.',
      hint: 'Ask the operator of the server to look at its stderr.',
    },
  };
}
