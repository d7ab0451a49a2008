export { drawScene, type Scene, type SceneObject, type SceneOptions } from './scene.js';
export { LEAST_OF_ITSELF, LEAST_VISIBLE } from './settle.js';
export {
  composeScene,
  PLACES,
  SCENE_LABELS,
  WEATHER,
  type Chapter,
  type PlaceName,
  type Rule,
  type SceneContent,
  type SceneLabel,
  type WeatherName,
} from './grammar.js';
export { writeScenes, VALIDATION_FROM, type WriteScenesOptions, type WrittenScenes } from './write-scenes.js';
