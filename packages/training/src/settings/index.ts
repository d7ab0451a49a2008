/** `@polytag/training/settings`: what a config file says of training, checked without loading TensorFlow.js. */
export { rateSearchSchema, type RateSearchInput, type RateSearchSettings } from './rate-search-settings.js';
export {
  modelTrainingSchema,
  mayDifferOnResume,
  switchable,
  trainingSettingsSchema,
  type ModelTrainingSettings,
  type ModelTrainingInput,
  type TrainingSettings,
  type TrainingSettingsInput,
} from './training-settings.js';
