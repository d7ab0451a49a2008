export { predict, predictExported } from './prediction.js';
export { relaxedHere, trainingStep } from './training-step.js';
