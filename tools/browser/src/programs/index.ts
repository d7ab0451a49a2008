export { relaxedHere, trainingStep } from './training-step.js';
