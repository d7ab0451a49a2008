import type { RandomStream } from '@polytag/core';
import { weighted } from './draw-from.js';

/** The labels of the scenes, sorted as a vocabulary sorts them. */
export const SCENE_LABELS = [
  'ball',
  'boat',
  'car',
  'cloud',
  'dog',
  'fish',
  'flower',
  'house',
  'moon',
  'person',
  'rain',
  'star',
  'sun',
  'traffic light',
  'tree',
  'umbrella',
] as const;
export type SceneLabel = (typeof SCENE_LABELS)[number];

export type PlaceName = 'garden' | 'park' | 'street' | 'sea';
export type WeatherName = 'clear' | 'cloudy' | 'rainy' | 'night';

/** One line of the grammar: with which probability a thing is there, given what is there already. */
export interface Rule {
  readonly label: SceneLabel;
  readonly chance: number;
  /** The first entry whose labels are all present replaces `chance`. */
  readonly given?: readonly { readonly present: readonly SceneLabel[]; readonly chance: number }[];
  /** Most objects of this kind in one scene; the number is uniform from 1. Default 1. */
  readonly most?: number;
}

export interface Chapter {
  readonly chance: number;
  /** Applied in order. */
  readonly rules: readonly Rule[];
}

const UMBRELLA: Rule = {
  label: 'umbrella',
  chance: 0,
  given: [
    { present: ['rain', 'person'], chance: 0.85 },
    { present: ['sun', 'person'], chance: 0.08 },
  ],
};

/** The weather decides what is in the sky. It is drawn first. */
export const WEATHER: Record<WeatherName, Chapter> = {
  clear: {
    chance: 0.34,
    rules: [
      { label: 'sun', chance: 0.92 },
      { label: 'cloud', chance: 0.25 },
    ],
  },
  cloudy: {
    chance: 0.2,
    rules: [
      { label: 'cloud', chance: 1, most: 2 },
      { label: 'sun', chance: 0.2 },
    ],
  },
  rainy: {
    chance: 0.22,
    rules: [
      { label: 'rain', chance: 1 },
      { label: 'cloud', chance: 0.8, most: 2 },
    ],
  },
  night: {
    chance: 0.24,
    rules: [
      { label: 'moon', chance: 0.75 },
      { label: 'star', chance: 0.3, given: [{ present: ['moon'], chance: 0.85 }] },
    ],
  },
};

/** The place decides what stands on the ground or swims. It is drawn independently of the weather. */
export const PLACES: Record<PlaceName, Chapter> = {
  garden: {
    chance: 0.25,
    rules: [
      { label: 'house', chance: 0.7 },
      { label: 'tree', chance: 0.5 },
      { label: 'flower', chance: 0.75, most: 2 },
      { label: 'person', chance: 0.35, given: [{ present: ['rain'], chance: 0.5 }] },
      { label: 'dog', chance: 0.2, given: [{ present: ['person'], chance: 0.35 }] },
      UMBRELLA,
    ],
  },
  park: {
    chance: 0.27,
    rules: [
      { label: 'tree', chance: 0.75, most: 2 },
      { label: 'flower', chance: 0.25 },
      { label: 'person', chance: 0.6 },
      { label: 'dog', chance: 0.25, given: [{ present: ['person'], chance: 0.6 }] },
      {
        label: 'ball',
        chance: 0.15,
        given: [
          { present: ['dog'], chance: 0.65 },
          { present: ['person'], chance: 0.45 },
        ],
      },
      UMBRELLA,
    ],
  },
  street: {
    chance: 0.25,
    rules: [
      { label: 'car', chance: 0.85, most: 2 },
      { label: 'traffic light', chance: 0.45, given: [{ present: ['car'], chance: 0.7 }] },
      { label: 'house', chance: 0.5 },
      { label: 'tree', chance: 0.15 },
      { label: 'person', chance: 0.35 },
      UMBRELLA,
    ],
  },
  sea: {
    chance: 0.23,
    rules: [
      { label: 'boat', chance: 0.8 },
      { label: 'fish', chance: 0.7, most: 2 },
      { label: 'person', chance: 0.2 },
      { label: 'ball', chance: 0.1, given: [{ present: ['person'], chance: 0.4 }] },
      UMBRELLA,
    ],
  },
};

/** What a scene is to show. A label is listed once for each object. */
export interface SceneContent {
  readonly place: PlaceName;
  readonly weather: WeatherName;
  readonly objects: readonly SceneLabel[];
}

/** Draws a scene's content from the grammar. */
export function composeScene(random: RandomStream): SceneContent {
  const weather = choose(random, WEATHER);
  const place = choose(random, PLACES);
  const objects: SceneLabel[] = [];
  for (const rule of [...WEATHER[weather].rules, ...PLACES[place].rules]) {
    const present = rule.given?.find((entry) => entry.present.every((label) => objects.includes(label)));
    const chance = present ? present.chance : rule.chance;
    const draw = random.uniform();
    const count = 1 + random.integer(rule.most ?? 1);
    if (draw < chance) for (let i = 0; i < count; i++) objects.push(rule.label);
  }
  return { place, weather, objects };
}

function choose<Name extends string>(random: RandomStream, chapters: Record<Name, Chapter>): Name {
  const names = Object.keys(chapters) as Name[];
  return names[
    weighted(
      random,
      names.map((name) => chapters[name].chance),
    )
  ];
}
