import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Admission } from './admission.js';

/** Seconds: from a small picture on a fast machine to what is near any limit. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What `/metrics` tells, beside Node's own figures of memory and event loop. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly requests = this.#add(
    new Counter({
      name: 'polytag_requests_total',
      help: 'Answered requests, by HTTP status.',
      labelNames: ['status'],
      registers: [],
    }),
  );
  readonly requestSeconds = this.#add(
    new Histogram({
      name: 'polytag_predict_seconds',
      help: 'Time from the headers of a prediction request to its answer.',
      buckets: SECONDS,
      registers: [],
    }),
  );
  readonly images = this.#add(
    new Counter({
      name: 'polytag_images_total',
      help: 'Pictures by result: "predicted", or the code of their error.',
      labelNames: ['outcome'],
      registers: [],
    }),
  );
  readonly decodeSeconds = this.#add(
    new Histogram({
      name: 'polytag_decode_seconds',
      help: 'Time to decode and resize a picture, including waiting for a thread.',
      buckets: SECONDS,
      registers: [],
    }),
  );
  readonly batchImages = this.#add(
    new Histogram({
      name: 'polytag_batch_images',
      help: 'Pictures per batch.',
      buckets: [1, 2, 4, 8, 16, 32],
      registers: [],
    }),
  );
  readonly batchSeconds = this.#add(
    new Histogram({
      name: 'polytag_batch_seconds',
      help: 'Time of the network per batch.',
      buckets: SECONDS,
      registers: [],
    }),
  );

  constructor(admission: Admission) {
    this.#add(
      new Gauge({
        name: 'polytag_images_waiting',
        help: 'Pictures that are accepted and not yet answered.',
        registers: [],
        collect() {
          this.set(admission.images);
        },
      }),
    );
    this.#add(
      new Gauge({
        name: 'polytag_body_bytes',
        help: 'Bytes of pictures in memory: bodies, and what is downloaded.',
        registers: [],
        collect() {
          this.set(admission.bytes);
        },
      }),
    );
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Metrics of one server: several in a process do not meet. */
  #add<M extends Counter<string> | Gauge<string> | Histogram<string>>(metric: M): M {
    this.#registry.registerMetric(metric as never);
    return metric;
  }
}
