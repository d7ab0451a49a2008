/** The version of this package, which a model folder tells. A page has no package.json to ask. */
export const VERSION = '0.1.0';
