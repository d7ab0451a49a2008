import * as programs from '../programs/index.js';

/** A page: the test calls the programs here. */
Object.assign(globalThis, { programs });
