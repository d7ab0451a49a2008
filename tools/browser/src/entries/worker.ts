import * as programs from '../programs/index.js';

/** A module worker: runs the program that a message names, and answers with what it gives. */
interface Call {
  readonly name: keyof typeof programs;
  readonly values: unknown[];
}

const scope = globalThis as unknown as {
  onmessage: (event: { readonly data: Call }) => void;
  postMessage(answer: object): void;
};

scope.onmessage = async ({ data: { name, values } }) => {
  try {
    const program = programs[name] as (...values: unknown[]) => Promise<unknown>;
    scope.postMessage({ result: await program(...values) });
  } catch (error) {
    scope.postMessage({ error: String((error as Error).stack ?? error) });
  }
};

scope.postMessage({ ready: true });
