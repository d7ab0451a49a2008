import { connect as dial, createServer, type AddressInfo, type Socket } from 'node:net';
import { startRedisServer } from '../redis-server.js';
import { brokerAddress } from './broker-address.js';
import { brokerModules, connect } from './connect.js';

/** A network between a client and a server, which can drop connections without a word: nothing comes through, nor an end. */
async function network(port: number) {
  const pairs: (readonly [Socket, Socket])[] = [];
  const server = createServer((client) => {
    const up = dial(port, '127.0.0.1');
    client.pipe(up).pipe(client);
    for (const socket of [client, up]) socket.on('error', () => undefined);
    pairs.push([client, up]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drop() {
      for (const [client, up] of pairs) {
        client.unpipe();
        up.unpipe();
        client.resume();
      }
    },
    close() {
      server.close();
      for (const socket of pairs.flat()) socket.destroy();
    },
  };
}

it('finds out that a network has dropped the connection, makes another, and asks again what was not answered', async () => {
  const redis = await startRedisServer();
  if (!redis) return void process.stderr.write('Connections are not tested: there is no redis-server.\n');
  const between = await network(Number(new URL(redis.url).port));
  const told: string[] = [];
  const modules = await brokerModules();
  const client = await connect(modules, brokerAddress(between.url), (line) => void told.push(line), 100);
  expect(await client.set('key', 'before')).toBe('OK');
  between.drop();
  expect(await client.get('key')).toBe('before');
  expect(told.map((line) => line.split(' ')[0])).toEqual(['lost', 'reconnected']);
  client.disconnect();
  between.close();
  await redis.stop();
});
