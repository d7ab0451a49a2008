import {
  Conv2DBackpropFilter,
  backend_util,
  engine,
  registerKernel,
  unregisterKernel,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** What this needs of tfjs's cpu backend. */
interface CpuBackend {
  readonly data: { get(dataId: object): { readonly values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

interface Attributes {
  readonly strides: [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly filterShape: [number, number, number, number];
}

/**
 * Replaces one kernel of the `cpu` backend, the gradient of a convolution's weight: the stock one looks every element up
 * by its indices, and takes minutes for one step of a published network. The sums are float64 here.
 */
export function replaceCpuWeightGradient(): void {
  unregisterKernel(Conv2DBackpropFilter, 'cpu');
  const kernelFunc = ({ inputs, attrs }: { inputs: object; attrs?: object }) => {
    const { x, dy } = inputs as Record<'x' | 'dy', TensorInfo>;
    const { strides, pad, filterShape } = attrs as Attributes;
    const cpu = engine().backend as unknown as CpuBackend;
    const info = backend_util.computeConv2DInfo(
      x.shape as Attributes['filterShape'],
      filterShape,
      strides,
      1,
      pad,
    );
    const [xs, dys] = [x, dy].map(({ dataId }) => cpu.data.get(dataId).values);
    const sums = new Float64Array(filterShape.reduce((a, b) => a * b, 1));
    const { inChannels, outChannels, filterWidth } = info;
    for (let b = 0; b < info.batchSize; b++) {
      for (let row = 0; row < info.outHeight; row++) {
        for (let column = 0; column < info.outWidth; column++) {
          const from = ((b * info.outHeight + row) * info.outWidth + column) * outChannels;
          for (let kernelRow = 0; kernelRow < info.filterHeight; kernelRow++) {
            const y = row * info.strideHeight + kernelRow - info.padInfo.top;
            if (y < 0 || y >= info.inHeight) continue;
            for (let kernelColumn = 0; kernelColumn < filterWidth; kernelColumn++) {
              const at = column * info.strideWidth + kernelColumn - info.padInfo.left;
              if (at < 0 || at >= info.inWidth) continue;
              const pixel = ((b * info.inHeight + y) * info.inWidth + at) * inChannels;
              const into = (kernelRow * filterWidth + kernelColumn) * inChannels * outChannels;
              for (let i = 0; i < inChannels; i++) {
                const factor = xs[pixel + i];
                const start = into + i * outChannels;
                for (let o = 0; o < outChannels; o++) sums[start + o] += factor * dys[from + o];
              }
            }
          }
        }
      }
    }
    return cpu.makeTensorInfo([...filterShape], 'float32', Float32Array.from(sums));
  };
  registerKernel({ kernelName: Conv2DBackpropFilter, backendName: 'cpu', kernelFunc } as KernelConfig);
}
