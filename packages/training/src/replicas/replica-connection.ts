import { EngineError, errorFromThread } from '@polytag/core';
import type { ReplicaLink, ReplicaReply, ReplicaRequest } from './replica-protocol.js';

interface Waiting {
  resolve(reply: ReplicaReply): void;
  reject(error: Error): void;
}

/** The side of a replica that asks. One request at a time; once it has failed, every request fails. */
export class ReplicaConnection {
  readonly #replica: number;
  readonly #link: ReplicaLink;
  #waiting?: Waiting;
  #failure?: Error;

  constructor(replica: number, link: ReplicaLink) {
    this.#replica = replica;
    this.#link = link;
    link.listen(
      (reply) => {
        if (reply.kind === 'failed') this.#fail(errorFromThread(`Replica ${replica}`, reply.failure));
        else this.#settle()?.resolve(reply);
      },
      (why) => this.#fail(this.#died(why)),
    );
  }

  /** Waits for what the replica says of itself once it is built. */
  ready(): Promise<ReplicaReply> {
    return this.#reply();
  }

  /** @throws what the replica failed with, as it was; EngineError `engine/replica-died` where its thread ended */
  ask(request: ReplicaRequest, transfer: readonly ArrayBuffer[] = []): Promise<ReplicaReply> {
    const reply = this.#reply();
    if (!this.#failure) this.#link.post(request, transfer);
    return reply;
  }

  async end(): Promise<void> {
    await this.#link.end();
  }

  #reply(): Promise<ReplicaReply> {
    const reply = this.#failure
      ? Promise.reject<ReplicaReply>(this.#failure)
      : new Promise<ReplicaReply>((resolve, reject) => (this.#waiting = { resolve, reject }));
    // The first replica may fail too before it waits for this one.
    reply.catch(() => undefined);
    return reply;
  }

  #settle(): Waiting | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle()?.reject(this.#failure);
  }

  #died(why: string): EngineError {
    return new EngineError('engine/replica-died', `Replica ${this.#replica} stopped: ${why}.`, {
      hint: 'The last checkpoint is intact: run the same command again; fit, tune and find-lr with --resume. If memory ran out, use a smaller batch.',
    });
  }
}
