import { DataError } from '@polytag/core';
import { move } from 'piscina';
import { decodeBatch, type BatchRequest } from './decode-batch.js';

/** A DataError as it crosses threads: the class and the code of an error do not survive by themselves. */
export interface RefusedBatch {
  readonly refused: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** The entry of a decoding thread. The pixels are moved to the caller, not copied. */
export default async function work(request: BatchRequest): Promise<unknown> {
  try {
    return move(await decodeBatch(request));
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const { code, message, hint } = error;
    return { refused: { code, message, ...(hint !== undefined && { hint }) } } satisfies RefusedBatch;
  }
}
