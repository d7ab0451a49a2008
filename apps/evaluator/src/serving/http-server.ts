import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DataError, printable, validate } from '@polytag/core';
import { aboveThreshold, best, type LabelScore } from '@polytag/model';
// Fastify's requests for tests, light-my-request, are pinned in package.json: 6.8 refuses Node 20.
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import type { PredictingModel } from '../predicting/predicting-model.js';
import type { Admission } from './admission.js';
import { fetchImage } from './fetch-image.js';
import { openApi } from './openapi.js';
import { OpenRequests } from './open-requests.js';
import type { PredictionService } from './prediction-service.js';
import { readBody } from './read-body.js';
import { bodyOf, isOfImage, RequestError, statusOf, type ErrorBody } from './request-error.js';
import { requestImages, type RequestImage, type RequestImages } from './request-images.js';
import { querySchema, type PredictQuery } from './schemas.js';
import type { ServerMetrics } from './server-metrics.js';

export interface HttpServerOptions {
  readonly model: Pick<PredictingModel, 'labels' | 'thresholds'>;
  /** The model's name, as clients see it. */
  readonly name: string;
  readonly version: string;
  readonly service: PredictionService;
  readonly admission: Admission;
  readonly metrics: ServerMetrics;
  /** The most bytes of a body, and of a picture that is fetched. */
  readonly maxBytes: number;
  /** From the head of a request to its answer, ms. */
  readonly timeout: number;
  /** Fetches pictures by their addresses. */
  readonly allowUrls: boolean;
  /** Which IP addresses pictures may be fetched from. Default: public ones. */
  readonly isAllowed?: (address: string) => boolean;
  /** Told of what is no client's fault. */
  readonly onDefect: (error: unknown) => void;
}

export interface HttpServer {
  /** @returns the address that it listens at, with its port */
  listen(host: string, port: number): Promise<string>;
  /**
   * Answers all that was accepted, then ends. Until then requests are told that the server is stopping (503), on every
   * connection, so that none is without an answer. With `atOnce` aborted, connections end without theirs.
   */
  stop(atOnce?: AbortSignal): Promise<void>;
}

/** A request for labels, from its head on. */
interface Accepted {
  readonly abort: AbortController;
  readonly images?: RequestImages;
  /** Counts its body no longer. */
  readonly free?: () => void;
  /** Its pictures, which may be computed beyond its end. */
  work?: Promise<unknown>;
}

/** How long a client may take to send a head, and how often that is looked at, ms. */
const [HEAD_TIME, LOOK] = [10_000, 500];

export function httpServer(options: HttpServerOptions): HttpServer {
  const { admission, metrics, timeout, maxBytes, onDefect } = options;
  let stopping = false;
  const open = new OpenRequests();
  const accepted = new WeakMap<FastifyRequest, Accepted>();

  const server = fastify({
    forceCloseConnections: 'idle',
    // Ours come with a code.
    return503OnClosing: false,
    // The body has its own time limit, within that of the request; this one ends what goes on sending after its answer.
    requestTimeout: 2 * timeout,
    http: {
      headersTimeout: Math.min(HEAD_TIME, timeout),
      connectionsCheckingInterval: LOOK,
      // Node would refuse it with an empty answer.
      requireHostHeader: false,
    },
    clientErrorHandler: answerBrokenHttp,
    frameworkErrors: (error, _request, reply) =>
      void (reply as FastifyReply).code(400).send(bodyOf(badRequest(error))),
  });

  server.server
    .on('checkExpectation', (_request, response: ServerResponse) => {
      response.shouldKeepAlive = false;
      response.writeHead(417, JSON_TYPE).end(JSON.stringify(bodyOf(noExpectation())));
    })
    .on('connect', (_request, socket: Socket) =>
      endWith(socket, 405, 'Method Not Allowed', bodyOf(badRequest({ message: 'CONNECT is for proxies' }))),
    );
  server.addHook('onRequest', async (request, reply) => {
    if (stopping) {
      // Not waited for: those who ask again and again would keep the server from ending.
      reply.header('connection', 'close');
      return;
    }
    open.add(request.raw, reply.raw);
  });
  server.addHook('onRequest', async ({ headers, raw: { httpVersion } }) => {
    if (headers.host === undefined && httpVersion === '1.1')
      throw badRequest({ message: 'the header Host is missing' });
    // Pictures are told by their content: a type that is none says nothing.
    if (!MEDIA_TYPE.test(headers['content-type'] ?? '')) delete headers['content-type'];
  });
  server.addHook('onResponse', async (_request, reply) => {
    metrics.requests.inc({ status: reply.statusCode });
  });
  server.setErrorHandler((error, _request, reply) => {
    const shown = isOfFastify(error) ? badRequest(error) : error;
    const status = statusOf(shown);
    if (status === 500) onDefect(shown);
    const { retryAfter } = shown as Partial<RequestError>;
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    // Whoever has not sent a body in time may never end it.
    if (status === 408) reply.header('connection', 'close');
    return reply.code(status).send(bodyOf(shown));
  });
  server.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?', 1);
    const allowed = Object.hasOwn(METHODS, path) ? METHODS[path] : undefined;
    if (allowed !== undefined) reply.header('allow', allowed.join(', '));
    const error = allowed === undefined ? noRoute(path) : noMethod(path, request.method, allowed);
    return reply.code(error.status).send(bodyOf(error));
  });

  addPredict();
  server.get('/model', async () => ({
    model: options.name,
    labels: options.model.labels.names.map((label, k) => ({
      label,
      threshold: options.model.thresholds?.[k] ?? 0.5,
    })),
  }));
  server.get('/health', async (_request, reply) =>
    reply
      .code(stopping ? 503 : 200)
      .send({ status: stopping ? 'stopping' : 'ok', waiting: admission.images }),
  );
  server.get('/metrics', async (_request, reply) =>
    reply.header('content-type', metrics.contentType).send(await metrics.text()),
  );
  server.get('/openapi.json', async () => openApi(options.version));

  return {
    listen: (host, port) => server.listen({ host, port }),
    async stop(atOnce) {
      stopping = true;
      const endAll = () => server.server.closeAllConnections();
      if (atOnce?.aborted) endAll();
      atOnce?.addEventListener('abort', endAll, { once: true });
      // Each request is answered within its time: what is open after that is of a client that does not read its answer, or
      // that sends no whole request.
      await closingAfter(timeout + LOOK, open.ended());
      await closingAfter(LOOK, server.close());
    },
  };

  /** Waits for what ends the server, and ends all connections where that takes longer. */
  async function closingAfter(ms: number, end: Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => server.server.closeAllConnections(), ms);
    await end;
    clearTimeout(timer);
  }

  function addPredict(): void {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser('*', async (request: FastifyRequest, payload: NodeJS.ReadableStream) => {
      // Only /predict has a body to read; what comes to others is dropped.
      const found = accepted.get(request);
      if (!found) return void payload.resume();
      refuseEncoded(request.headers['content-encoding']);
      const { abort } = found;
      const length = request.headers['content-length'];
      const body = await readBody(payload as never, {
        maxBytes,
        admission,
        signal: abort.signal,
        declared: length === undefined ? undefined : Number(length),
      });
      try {
        const images = await requestImages(body.bytes, request.headers['content-type'] ?? '');
        abort.signal.throwIfAborted();
        accepted.set(request, { abort, images, free: body.free });
      } catch (error) {
        body.free();
        throw error;
      }
    });
    server.post<{ Querystring: PredictQuery }>('/predict', { onRequest: accept }, async (request, reply) => {
      const query = validate(querySchema, request.query, { source: 'query' });
      const found = accepted.get(request)!;
      const { images = await requestImages(Buffer.alloc(0), '') } = found;
      if (!options.allowUrls && images.images.some(({ source }) => 'address' in source)) throw urlsOff();
      return reply.send(await answer(images, query, found));
    });
  }

  /** Takes a request for labels on, or refuses it before its body is read. */
  async function accept(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (stopping) {
      throw new RequestError(503, 'serve/stopping', 'The server is stopping.', {
        hint: 'Send the request again, to the server that replaces this one.',
        retryAfter: 1,
      });
    }
    admission.assertRoom();
    const abort = new AbortController();
    accepted.set(request, { abort });
    const end = metrics.requestSeconds.startTimer();
    const timer = setTimeout(() => abort.abort(tooLate(accepted.get(request)?.images)), timeout);
    reply.raw.once('close', () => {
      clearTimeout(timer);
      end();
      // It is answered, or nobody waits for it any more.
      abort.abort(gone());
      const { work, free } = accepted.get(request)!;
      if (work === undefined) free?.();
    });
  }

  function tooLate(images: RequestImages | undefined): RequestError {
    const seconds = timeout / 1000;
    return images === undefined
      ? new RequestError(408, 'serve/body-timeout', `The body did not arrive within ${seconds} s.`, {
          hint: 'Send it faster, or start the server with a longer --timeout.',
        })
      : new RequestError(503, 'serve/timeout', `The request took longer than ${seconds} s.`, {
          hint: 'Send fewer pictures at once, or start the server with a longer --timeout.',
          retryAfter: 1,
        });
  }

  async function answer({ images, isSingle }: RequestImages, query: PredictQuery, request: Accepted) {
    const { signal } = request.abort;
    admission.accept(images.length);
    const works = images.map(async (image) => {
      try {
        return await labelsOf(image, query, signal);
      } finally {
        // What is begun is done to its end, and counts until then, whether somebody waits for it or not.
        admission.doneWith(1);
      }
    });
    request.work = Promise.allSettled(works).finally(request.free);
    const all = isSingle
      ? works[0].then((labels) => ({ labels }))
      : Promise.all(works.map((work, i) => resultOf(images[i], work))).then((results) => ({ results }));
    return Promise.race([all, reasonOf(signal)]);
  }

  async function labelsOf(
    { source, hasLostLineBreaks }: RequestImage,
    query: PredictQuery,
    signal: AbortSignal,
  ): Promise<LabelScore[]> {
    if ('address' in source) return labelsAt(source.address, query, signal);
    try {
      return told(await options.service.scores(source.bytes, signal), query);
    } catch (error) {
      throw hasLostLineBreaks && error instanceof DataError ? withoutLineBreaks(error) : error;
    }
  }

  async function labelsAt(address: string, query: PredictQuery, signal: AbortSignal): Promise<LabelScore[]> {
    const { isAllowed } = options;
    let held = 0;
    const onBytes = (bytes: number) => {
      admission.acceptBytes(bytes);
      held += bytes;
    };
    try {
      const bytes = await fetchImage(address, {
        maxBytes,
        timeout: timeout / 2,
        signal,
        isAllowed,
        onBytes,
      });
      return told(await options.service.scores(bytes, signal), query);
    } finally {
      admission.freeBytes(held);
    }
  }

  function told(scores: Float64Array, { scores: all, top, threshold }: PredictQuery): LabelScore[] {
    const { labels, thresholds } = options.model;
    if (all || top !== undefined) return best(scores, labels, all ? labels.size : top!);
    return aboveThreshold(
      scores,
      labels,
      threshold === undefined ? thresholds : labels.names.map(() => threshold),
    );
  }
}

/** An error of a damaged picture that tells who damaged it. */
const withoutLineBreaks = (error: DataError): DataError =>
  new DataError(error.code, error.message, {
    hint: 'It has no line breaks, which "curl -d" leaves out: use curl --data-binary @photo.jpg.',
    cause: error,
  });

/** What becomes of one picture of several. */
async function resultOf({ name = '' }: RequestImage, work: Promise<LabelScore[]>) {
  try {
    return { image: name, labels: await work };
  } catch (error) {
    if (!isOfImage(error)) throw error;
    return { image: name, ...bodyOf(error) };
  }
}

const reasonOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as DataError);
    signal.addEventListener('abort', () => reject(signal.reason as DataError), { once: true });
  });

const isOfFastify = (error: unknown): error is FastifyError =>
  typeof (error as FastifyError).code === 'string' && (error as FastifyError).code.startsWith('FST_');

const badRequest = ({ message }: Pick<FastifyError, 'message'>): RequestError =>
  new RequestError(400, 'serve/bad-request', `Bad request: ${message}.`, {
    hint: 'See GET /openapi.json.',
  });

const gone = (): RequestError =>
  new RequestError(499, 'serve/client-gone', 'The client closed the connection before the answer.', {
    hint: 'Nothing: the client is gone. The request is counted in /metrics.',
  });

/** @throws RequestError `serve/encoded-body` */
function refuseEncoded(encoding = 'identity'): void {
  if (encoding.toLowerCase() === 'identity') return;
  throw new RequestError(
    415,
    'serve/encoded-body',
    `The body is compressed (Content-Encoding: ${printable(encoding, 40)}).`,
    { hint: 'Send the file as it is: pictures are compressed already.' },
  );
}

const urlsOff = (): RequestError =>
  new RequestError(403, 'serve/urls-off', 'This server does not accept URLs.', {
    hint: 'Send the picture as the body, or start the server with --allow-urls.',
  });

/** Which methods each path takes. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  '/predict': ['POST'],
  '/model': ['GET', 'HEAD'],
  '/health': ['GET', 'HEAD'],
  '/metrics': ['GET', 'HEAD'],
  '/openapi.json': ['GET', 'HEAD'],
};

const KNOWN = `POST a picture to /predict; or GET ${Object.keys(METHODS).slice(1).join(', ')}.`;

const noRoute = (path: string): RequestError =>
  new RequestError(404, 'serve/not-found', `Not found: ${printable(path, 200)}.`, { hint: KNOWN });

const noMethod = (path: string, method: string, [allowed]: readonly string[]): RequestError =>
  new RequestError(405, 'serve/wrong-method', `${path} accepts ${allowed}, not ${method}.`, { hint: KNOWN });

const noExpectation = (): RequestError =>
  new RequestError(417, 'serve/bad-request', 'Bad request: only "Expect: 100-continue" is known.', {
    hint: 'Remove the header Expect.',
  });

/** What may be a media type, with parameters: two words of RFC 9110, and no more is looked at. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** What is no HTTP, or whose head did not come in time; there is no request yet. */
function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const [status, text, code, message]: [number, string, string, string] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout', 'serve/body-timeout', 'The request did not arrive in time.']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? [
            431,
            'Request Header Fields Too Large',
            'serve/bad-http',
            'The headers of the request are too large.',
          ]
        : [400, 'Bad Request', 'serve/bad-http', 'The request is not valid HTTP.'];
  endWith(socket, status, text, { error: { code, message, hint: 'See GET /openapi.json.' } });
}

/** An answer where there is no response to write. */
function endWith(socket: Socket, status: number, text: string, body: ErrorBody): void {
  const json = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Type: ${JSON_TYPE['content-type']}\r\n` +
      `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
}
