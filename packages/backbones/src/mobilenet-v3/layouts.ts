import { IMAGENET, UNIT, type Penultimate, type PixelNormalisation } from '@polytag/core';
import type { BlockPlan, MobileNetV3Layout, NetworkPlan } from './plan.js';

/** Names of a convolution and of the batch norm after it. */
export type NamedPair = readonly [convolution: string, batchNorm: string];

export interface BlockNames {
  /** Not there when the block does not widen its input. */
  readonly expand?: NamedPair;
  readonly depthwise: NamedPair;
  readonly squeeze: string;
  /** The activation after squeeze-excite, where that comes first. */
  readonly activation: string;
  readonly project: NamedPair;
  readonly sum: string;
}

/** What sets the three published networks apart. */
export interface Layout {
  readonly epsilon: number;
  readonly momentum: number;
  /** Of the published weights' training. */
  readonly normalisation: PixelNormalisation;
  /** In blocks that widen their input: squeeze-excite before the activation, not after it. */
  readonly squeezeFirst: boolean;
  readonly stem: NamedPair;
  block(plan: BlockPlan): BlockNames;
  /** The last 1x1 convolution, and the PReLU that may follow it. */
  last(plan: NetworkPlan): { readonly pair: NamedPair; readonly prelu: string };
  readonly penultimate: Omit<Penultimate, 'width' | 'epsilon'>;
}

const widens = (plan: BlockPlan) => plan.expanded !== plan.input;

/** The authors' own implementation: a flat list of modules, activations counted. */
const reference: Layout = {
  epsilon: 1e-5,
  momentum: 0.1,
  normalisation: IMAGENET,
  squeezeFirst: true,
  stem: ['features.0.0', 'features.0.1'],
  block(plan) {
    const at = (position: number) => `features.${plan.index}.conv.${position}`;
    const sum = `features.${plan.index}.sum`;
    return widens(plan)
      ? {
          expand: [at(0), at(1)],
          depthwise: [at(3), at(4)],
          squeeze: at(5),
          activation: at(6),
          project: [at(7), at(8)],
          sum,
        }
      : { depthwise: [at(0), at(1)], squeeze: at(3), activation: at(2), project: [at(4), at(5)], sum };
  },
  last: () => ({ pair: ['conv.0', 'conv.1'], prelu: 'conv.2' }),
  penultimate: {
    batchNorm: true,
    linearIsConvolution: false,
    names: {
      linear: 'classifier.0',
      batchNorm: 'classifier.1',
      activation: 'classifier.2',
      classifier: 'classifier.4',
    },
  },
};

/** timm's `mobilenetv3_*`, among them the MIIL weights. */
const timm: Layout = {
  epsilon: 1e-5,
  momentum: 0.1,
  normalisation: UNIT,
  squeezeFirst: false,
  stem: ['conv_stem', 'bn1'],
  block(plan) {
    const at = (name: string) => `blocks.${plan.stage}.${plan.position}.${name}`;
    const common = { squeeze: at('se'), activation: at('act'), sum: at('sum') };
    return widens(plan)
      ? {
          ...common,
          expand: [at('conv_pw'), at('bn1')],
          depthwise: [at('conv_dw'), at('bn2')],
          project: [at('conv_pwl'), at('bn3')],
        }
      : { ...common, depthwise: [at('conv_dw'), at('bn1')], project: [at('conv_pw'), at('bn2')] };
  },
  last: ({ stages }) => ({
    pair: [`blocks.${stages}.0.conv`, `blocks.${stages}.0.bn1`],
    prelu: `blocks.${stages}.0.act1`,
  }),
  penultimate: {
    batchNorm: false,
    linearIsConvolution: true,
    names: { linear: 'conv_head', batchNorm: '', activation: 'act2', classifier: 'classifier' },
  },
};

/** torchvision's `mobilenet_v3_*`. */
const torchvision: Layout = {
  epsilon: 1e-3,
  momentum: 0.01,
  normalisation: IMAGENET,
  squeezeFirst: false,
  stem: ['features.0.0', 'features.0.1'],
  block(plan) {
    let position = 0;
    const next = () => `features.${plan.index}.block.${position++}`;
    const pair = (): NamedPair => {
      const module = next();
      return [`${module}.0`, `${module}.1`];
    };
    const expand = widens(plan) ? pair() : undefined;
    const depthwise = pair();
    const squeeze = plan.reduced === undefined ? '' : next();
    return { expand, depthwise, squeeze, activation: '', project: pair(), sum: `features.${plan.index}.sum` };
  },
  last({ blocks }) {
    const module = `features.${blocks.length + 1}`;
    return { pair: [`${module}.0`, `${module}.1`], prelu: `${module}.2` };
  },
  penultimate: {
    batchNorm: false,
    linearIsConvolution: false,
    names: { linear: 'classifier.0', batchNorm: '', activation: 'classifier.1', classifier: 'classifier.3' },
  },
};

export const LAYOUTS: Readonly<Record<MobileNetV3Layout, Layout>> = { reference, timm, torchvision };
