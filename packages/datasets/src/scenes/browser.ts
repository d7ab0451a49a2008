/** What works in a browser: drawing the scenes, without writing them. */
export { drawScene, type Scene, type SceneObject, type SceneOptions } from './scene.js';
export { SCENE_LABELS, type SceneLabel } from './grammar.js';
