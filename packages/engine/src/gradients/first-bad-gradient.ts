import { engine, keep, mul, sum, tidy, variableGrads, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core'; // prettier-ignore
import { gradientOwner, type GradientOwner } from '@polytag/ops';

interface TapeNode {
  gradient?: (dys: Tensor[]) => Record<string, () => Tensor>;
}

/**
 * Finds the operation whose gradient is the first on the way back that is NaN or infinite.
 *
 * @returns whose operation it is, if that is known; undefined if all gradients are finite
 */
export async function firstBadGradient(
  f: () => Scalar,
  variables: readonly Variable[],
): Promise<{ readonly owner?: GradientOwner } | undefined> {
  const checks: { readonly node: object; readonly check: Tensor }[] = [];
  const { value, grads } = variableGrads(() => {
    const result = f();
    const { activeTape } = engine().state as unknown as { readonly activeTape: TapeNode[] };
    for (const node of activeTape) {
      const { gradient } = node;
      if (!gradient) continue;
      node.gradient = (dys) =>
        Object.fromEntries(
          Object.entries(gradient(dys)).map(([name, compute]) => [
            name,
            () => {
              const dx = compute();
              checks.push({ node, check: keep(tidy(() => sum(mul(dx, 0)))) });
              return dx;
            },
          ]),
        );
    }
    return result;
  }, [...variables]);
  value.dispose();
  for (const gradient of Object.values(grads)) gradient?.dispose();
  let bad: { readonly owner?: GradientOwner } | undefined;
  for (const { node, check } of checks) {
    // 0, or NaN of what is not finite.
    const [rest] = await check.data();
    check.dispose();
    if (rest !== 0) bad ??= { owner: gradientOwner(node) };
  }
  return bad;
}
