import { engine, variableGrads, type NamedTensorMap, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core'; // prettier-ignore
import { gradientOwner, type GradientOwner } from '@polytag/ops';

/** An operation that the tape recorded. */
interface TapeNode {
  readonly kernelName?: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly saved?: readonly Tensor[];
  gradient?: (dys: (Tensor | null)[]) => Record<string, () => Tensor>;
}

/**
 * Like tfjs's `variableGrads`, in about half the memory: saved values and gradients are disposed as soon as the
 * backward pass no longer needs them. tfjs keeps all of them until the pass ends. The results are the same.
 *
 * @param f the loss
 * @param variables the variables to differentiate by
 */
export function variableGradients(
  f: () => Scalar,
  variables: readonly Variable[],
): { value: Scalar; grads: NamedTensorMap } {
  return variableGrads(() => {
    const value = f();
    const { activeTape, gradientDepth } = engine().state as unknown as {
      readonly activeTape: TapeNode[];
      readonly gradientDepth: number;
    };
    // Within another gradient the backward pass is recorded too, and everything is needed again.
    if (gradientDepth === 1) releaseOnTheWay(activeTape);
    return value;
  }, [...variables]);
}

/** The backward pass walks the tape from its end: an operation that it comes to shows that it has left the one before. */
function releaseOnTheWay(tape: readonly TapeNode[]): void {
  const held = new Holders();
  let leave = () => {};
  for (const node of tape) {
    const { saved = [] } = node;
    const owner = gradientOwner(node);
    if (!node.gradient) {
      // tfjs says the same, but not of what.
      if (owner) node.gradient = () => { throw owner.fault(noGradient(node)); }; // prettier-ignore
      continue;
    }
    const gradient = asFaultOf(owner, node.gradient);
    node.gradient = (dys) => {
      leave();
      for (const dy of dys) if (dy) held.meet(dy);
      const gradients = gradient(dys);
      const added: Tensor[] = [];
      leave = () => {
        for (const tensor of saved) if (!held.holds(tensor)) tensor.dispose();
        for (const dy of dys) if (dy) held.release(dy);
        for (const dx of added) held.release(dx);
      };
      return Object.fromEntries(
        Object.entries(gradients).map(([name, compute]) => [
          name,
          () => {
            const dx = asFaultOf(owner, compute)();
            // What comes second is added to what is there; tfjs makes a third of both and disposes the first.
            if (held.keep(node.inputs[name], dx)) added.push(dx);
            return dx;
          },
        ]),
      );
    };
  }
}

const noGradient = ({ kernelName }: TapeNode): Error =>
  new Error(`Cannot compute gradient: gradient function not found for ${kernelName}.`);

/** The same function; what it throws is told as a fault of its owner. */
function asFaultOf<Arguments extends unknown[], Result>(
  owner: GradientOwner | undefined,
  run: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  if (!owner) return run;
  return (...given) => {
    try {
      return run(...given);
    } catch (cause) {
      throw owner.fault(cause);
    }
  };
}

/** Gradients by what they are of. One may be of several tensors, where a gradient function hands its own through. */
class Holders {
  readonly #has = new Set<number>();
  readonly #count = new Map<Tensor, number>();

  /** One that is there already: also a sum, which tfjs made. */
  meet(gradient: Tensor): void {
    if (!this.#count.has(gradient)) this.#count.set(gradient, 1);
  }

  /** @returns whether there is a gradient of `x` already */
  keep(x: Tensor, dx: Tensor): boolean {
    this.#count.set(dx, (this.#count.get(dx) ?? 0) + 1);
    if (this.#has.has(x.id)) return true;
    this.#has.add(x.id);
    return false;
  }

  /** Whether it is the gradient of something: a function may answer with what it saved. */
  holds(tensor: Tensor): boolean {
    return (this.#count.get(tensor) ?? 0) > 0;
  }

  release(gradient: Tensor): void {
    const others = this.#count.get(gradient)! - 1;
    this.#count.set(gradient, others);
    if (others <= 0) gradient.dispose();
  }
}
