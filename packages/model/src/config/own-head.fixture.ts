import { tinyHead } from '../tiny-parts.fixture.js';

/** A module as a config names it: its default export is a part. */
export default { ...tinyHead, name: 'own' };
