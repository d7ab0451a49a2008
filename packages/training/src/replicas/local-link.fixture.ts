import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { failureOf } from '@polytag/core';
import type { ReplicaParts } from './replica-module.js';
import type { ReplicaLink, ReplicaReply, ReplicaStart } from './replica-protocol.js';
import { ReplicaServer } from './replica-server.js';

/** Replicas on this thread: messages arrive later, as they do between threads. `close` frees what they hold. */
export function localLinks(build: (replica: number) => ReplicaParts): {
  connect: (start: ReplicaStart) => ReplicaLink;
  close: () => void;
} {
  const servers: ReplicaServer[] = [];
  const connect = (start: ReplicaStart): ReplicaLink => {
    const [there, here] = [new EventEmitter(), new EventEmitter()];
    const port = Object.assign(there, {
      postMessage: (reply: ReplicaReply) => void setImmediate(() => here.emit('message', reply)),
    }) as unknown as MessagePort;
    try {
      const server = new ReplicaServer(start, build(start.replica));
      servers.push(server);
      server.serve(port);
    } catch (error) {
      port.postMessage({ kind: 'failed', failure: failureOf(error) });
    }
    return {
      post: (request) => void setImmediate(() => there.emit('message', request)),
      listen: (heard) => void here.on('message', heard),
      end: async () => {},
    };
  };
  return { connect, close: () => servers.forEach((server) => server.dispose()) };
}
