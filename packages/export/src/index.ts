export { exportTfjs, type BrowserModelInfo, type ExportTfjsOptions } from './tfjs/export-tfjs.js';
