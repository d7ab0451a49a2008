/** The programs that need no TensorFlow.js, for a page. */
import { predictOnnx } from '../programs/onnx-prediction.js';

Object.assign(globalThis, { programs: { predictOnnx } });
