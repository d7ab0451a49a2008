const USUAL: ReadonlyMap<string, string> = new Map([
  ...['train', 'training', 'trn', 'tr'].map((word) => [word, 'train'] as const),
  ...['val', 'valid', 'validation', 'validate', 'dev'].map((word) => [word, 'val'] as const),
  ...['test', 'testing', 'tst'].map((word) => [word, 'test'] as const),
]);

/** `train`, `val` or `test`, if a word is a usual name of one of them, in any case; undefined otherwise. */
export const usualSplit = (word: string): string | undefined => USUAL.get(word.trim().toLowerCase());
