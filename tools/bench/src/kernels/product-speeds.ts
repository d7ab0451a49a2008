import { median } from '../median.js';
import type { KernelCall } from './observe-kernels.js';
import { productOf, type Product } from './product-of.js';

export interface ProductSpeed extends Omit<Product, 'operations'> {
  /** Median milliseconds of one call. */
  readonly ms: number;
  /** 10^9 operations a second, at that time. */
  readonly gigaflops: number;
}

/** Collects kernel calls by what they multiply. */
export class ProductSpeeds {
  readonly #found = new Map<string, { readonly product: Product; readonly times: number[] }>();

  readonly add = (call: KernelCall): void => {
    const product = productOf(call);
    if (!product) return;
    const key = `${product.shape} ${product.pass}`;
    const entry = this.#found.get(key) ?? { product, times: [] };
    this.#found.set(key, entry);
    entry.times.push(call.ms);
  };

  /** In the order in which they first ran. */
  all(): ProductSpeed[] {
    return [...this.#found.values()].map(({ product: { shape, kind, pass, operations }, times }) => {
      const ms = median(times);
      return { shape, kind, pass, ms, gigaflops: operations / ms / 1e6 };
    });
  }
}
