import { tinyBackbone } from '../tiny-parts.fixture.js';

export default tinyBackbone;
