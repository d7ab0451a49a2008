export { configText, readConfigFile } from './config/config-file.js';
export { setOption } from './config/set-option.js';
export { collect, fraction, textEncoding, wholeNumber } from './program/option-values.js';
export { printableStreams, type Streams } from './program/printable-streams.js';
export { describeError, runProgram } from './program/run-program.js';
export { untilInterrupted } from './program/until-interrupted.js';
export { outputEnded } from './program/watch-output.js';
export { duration, Progress, type ProgressState } from './progress/progress.js';
export { terminalWidth } from './progress/terminal-width.js';
