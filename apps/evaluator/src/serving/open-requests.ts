import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests that have no answer yet. They are counted by connection: of several that wait on one that breaks off, Node
 * tells the end of the first alone.
 */
export class OpenRequests {
  readonly #of = new WeakMap<Socket, Set<ServerResponse>>();
  #count = 0;
  #onEnd = () => {};

  add({ socket }: IncomingMessage, response: ServerResponse): void {
    const open = this.#of.get(socket) ?? this.#begin(socket);
    open.add(response);
    this.#count++;
    response.once('close', () => this.#end(open, [response]));
  }

  /** Resolves when none is left. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
      if (this.#count === 0) resolve();
    });
  }

  #begin(socket: Socket): Set<ServerResponse> {
    const open = new Set<ServerResponse>();
    this.#of.set(socket, open);
    socket.once('close', () => this.#end(open, [...open]));
    return open;
  }

  #end(open: Set<ServerResponse>, responses: readonly ServerResponse[]): void {
    for (const response of responses) if (open.delete(response)) this.#count--;
    if (this.#count === 0) this.#onEnd();
  }
}
