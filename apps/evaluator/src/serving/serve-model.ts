import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { untilInterrupted, type Streams } from '@polytag/cli';
import { InterruptedError, printable, UsageError } from '@polytag/core';
import { imageDecoder } from '@polytag/datasets';
import { imagesAtOnce } from '@polytag/evaluation';
import { nameToShare } from '@polytag/files';
import { openPredictingModel, type PredictingOptions } from '../predicting/predicting-model.js';
import { Admission } from './admission.js';
import { BatchQueue } from './batch-queue.js';
import { httpServer, type HttpServerOptions } from './http-server.js';
import { PredictionService } from './prediction-service.js';
import { ServerMetrics } from './server-metrics.js';

export interface ServeOptions extends Omit<PredictingOptions, 'flip' | 'canFlip' | 'threshold'> {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The most images of a batch. Default: as `predict` takes them, 16 at 224 x 224. */
  readonly batch?: number;
  /** ms that an image waits for others while the network has nothing to do. */
  readonly wait: number;
  /** Images that are accepted and not answered yet. */
  readonly queue: number;
  readonly maxBytes: number;
  /** s */
  readonly timeout: number;
  readonly allowUrls?: boolean;
}

/** Memory that pictures may take together before they are decoded, where that is more than `maxBytes`. */
const PICTURE_BYTES = 512_000_000;

/** A server that listens. */
export interface Serving {
  readonly address: string;
  /** Answers what is accepted, then ends. With `atOnce` aborted, ends without those answers. */
  stop(atOnce?: AbortSignal): Promise<void>;
}

/**
 * Opens the model and listens. Nothing is answered before the network has run once on every replica.
 *
 * @throws those of `openPredictingModel`; UsageError `serve/cannot-listen`
 */
export async function openServer(
  options: ServeOptions,
  streams: Streams,
  { isAllowed }: Pick<HttpServerOptions, 'isAllowed'> = {},
): Promise<Serving> {
  const { workers = availableParallelism(), maxPixels, maxBytes } = options;
  await assertCanListen(options);
  const model = await openPredictingModel({ ...options, canFlip: false });
  for (const line of model.warnings) streams.err.write(`${line}\n`);
  const { preprocessing, lanes } = model;
  const network = model.network({ apart: true });
  const decoder = imageDecoder({ preprocessing, workers, maxPixels });
  const close = async () => {
    await decoder.close();
    await network.close();
    await model.close();
  };
  try {
    const { height, width } = preprocessing;
    const blank = () => ({ inputs: new Float32Array(height * width * 3), shape: [1, height, width, 3] });
    await Promise.all(Array.from({ length: lanes }, () => network.run(blank())));
    const admission = new Admission({ images: options.queue, bytes: Math.max(PICTURE_BYTES, maxBytes) });
    const metrics = new ServerMetrics(admission);
    const queue = new BatchQueue(network, {
      size: preprocessing,
      lanes,
      batch: options.batch ?? imagesAtOnce(preprocessing),
      wait: options.wait,
      onBatch: (images, seconds) => {
        metrics.batchImages.observe(images);
        metrics.batchSeconds.observe(seconds);
      },
    });
    const server = httpServer({
      model,
      name: nameToShare(options.model),
      version: ownVersion(),
      service: new PredictionService({ model, decoder, queue, metrics }),
      admission,
      metrics,
      maxBytes,
      timeout: 1000 * options.timeout,
      allowUrls: options.allowUrls ?? false,
      isAllowed,
      onDefect: (error) => {
        const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
        streams.err.write(`error: a request failed: ${printable(told, 4000)}\n`);
      },
    });
    const address = await server.listen(options.host, options.port).catch((cause: NodeJS.ErrnoException) => {
      throw cannotListen(options, cause);
    });
    return {
      address,
      async stop(atOnce) {
        queue.end();
        await server.stop(atOnce);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Serves a model over HTTP until a signal comes; then answers what is accepted, and ends. */
export async function serveModel(options: ServeOptions, streams: Streams): Promise<void> {
  if (!isLoopback(options.host)) {
    streams.err.write(
      `warning: anyone who can reach ${options.host} can use this server: it has no password and no encryption. ` +
        'Put a proxy in front of it, or remove --host.\n',
    );
  }
  await untilInterrupted(async (signal) => {
    const serving = await openServer(options, streams);
    streams.out.write(`serving ${nameToShare(options.model)} at ${serving.address}\n`);
    if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    streams.err.write('stopping: accepted requests are answered first\n');
    const second = new AbortController();
    const endAtOnce = () => second.abort();
    process.once('SIGINT', endAtOnce).once('SIGTERM', endAtOnce);
    try {
      await serving.stop(second.signal);
    } finally {
      process.removeListener('SIGINT', endAtOnce).removeListener('SIGTERM', endAtOnce);
    }
    if (second.signal.aborted)
      throw new InterruptedError(
        'serve/interrupted',
        'A second signal ended the server at once: requests that waited got no answer.',
        { hint: 'Start it again with the same command. One signal lets it answer them first.' },
      );
  });
}

/** Refuses an address before the model is loaded, which takes seconds. The server itself listens later. */
async function assertCanListen(options: ServeOptions): Promise<void> {
  const { host, port } = options;
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject).listen({ host, port }, resolve);
    });
  } catch (cause) {
    throw cannotListen(options, cause as NodeJS.ErrnoException);
  }
  await new Promise((done) => probe.close(done));
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);

function cannotListen({ host, port }: ServeOptions, cause: NodeJS.ErrnoException): UsageError {
  const isOfHost = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL'].includes(String(cause.code));
  const why = isOfHost
    ? 'this machine has no such address'
    : cause.code === 'EADDRINUSE'
      ? 'another program is using it'
      : cause.code === 'EACCES'
        ? 'permission denied'
        : cause.message;
  return new UsageError(
    'serve/cannot-listen',
    `Cannot listen on port ${port} of ${printable(host)}: ${why}.`,
    {
      hint: isOfHost
        ? 'Remove --host, or use 0.0.0.0 for all addresses of this machine.'
        : 'Choose another --port; 0 uses any free port.',
      cause,
    },
  );
}

const ownVersion = (): string =>
  (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
