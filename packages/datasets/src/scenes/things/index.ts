import type { SceneLabel } from '../grammar.js';
import { boat, car, house, trafficLight } from './built-things.js';
import { ball, umbrella } from './carried-things.js';
import { dog, fish, flower, person, tree } from './living-things.js';
import { cloud, moon, rain, star, sun } from './sky-things.js';
import type { Thing } from './thing.js';

export const THINGS: Record<SceneLabel, Thing> = {
  ball,
  boat,
  car,
  cloud,
  dog,
  fish,
  flower,
  house,
  moon,
  person,
  rain,
  star,
  sun,
  'traffic light': trafficLight,
  tree,
  umbrella,
};
