export { exportTfjs, type BrowserModelInfo } from './tfjs/export-tfjs.js';
