/**
 * Names of the layers. `reference`: those of the authors and Alibaba, with activated batch norm; weights in the other
 * naming load too. `timm`: those of newer timm, with plain batch norm, whose factors may become negative in training.
 */
export type TResNetLayout = 'reference' | 'timm';

/** Names of a convolution, of its norm, and of the blur pool after them if there is one. */
export interface UnitNames {
  readonly convolution: string;
  readonly norm: string;
  readonly blur: string;
}

/** @param name of the module; where it ends in a blur pool, the reference has the other two one level deeper */
export const UNIT_NAMES: Readonly<Record<TResNetLayout, (name: string, blurred: boolean) => UnitNames>> = {
  reference(name, blurred) {
    const inner = blurred ? `${name}.0` : name;
    return { convolution: `${inner}.0`, norm: `${inner}.1`, blur: `${name}.1` };
  },
  timm: (name) => ({ convolution: `${name}.conv`, norm: `${name}.bn`, blur: `${name}.aa` }),
};
