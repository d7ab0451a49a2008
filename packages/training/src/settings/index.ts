/** `@polytag/training/settings`: what a config file says of training, checked without loading TensorFlow.js. */
export { rateSearchSchema, type RateSearchInput, type RateSearchSettings } from './rate-search-settings.js';
export {
  learnerSettingsSchema,
  mayDifferOnResume,
  trainingSettingsSchema,
  type LearnerSettings,
  type LearnerSettingsInput,
  type TrainingSettings,
  type TrainingSettingsInput,
} from './training-settings.js';
