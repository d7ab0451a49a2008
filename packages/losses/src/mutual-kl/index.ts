export { mutualKl, mutualLearningTerm, type ScaledOutputs } from './mutual-kl.js';
