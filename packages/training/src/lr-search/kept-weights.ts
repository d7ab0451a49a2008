import { assignParameters, exportParameters, type Parameter } from '@polytag/layers';

/** A copy of a model's weights and buffers, to start every trial from. */
export class KeptWeights {
  readonly #parameters: readonly Parameter[];
  readonly #state: Awaited<ReturnType<typeof exportParameters>>;

  private constructor(parameters: readonly Parameter[], state: Awaited<ReturnType<typeof exportParameters>>) {
    this.#parameters = parameters;
    this.#state = state;
  }

  static async of(parameters: readonly Parameter[]): Promise<KeptWeights> {
    return new KeptWeights(parameters, await exportParameters(parameters));
  }

  restore(): void {
    assignParameters(this.#parameters, (key) => this.#state.get(key));
  }
}
