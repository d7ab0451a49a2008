import type { TrainResult } from './worker/protocol.ts';

/** Every text of the page, in one place. */

const number = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

export const percent = (fraction: number, digits = 1) => `${number(100 * fraction, digits)} %`;

/** A stretch of time, rounded as people say it. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 1) return 'less than a second';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

const counted = (count: number, one: string, many = `${one}s`) =>
  `${number(count)} ${count === 1 ? one : many}`;

export const photographs = (count: number) => counted(count, 'photograph');

export const strings = {
  title: 'Polytag studio',
  tabs: { try: 'Try', label: 'Label', train: 'Train' },
  private: 'Everything runs in this browser. No photograph leaves this machine.',
  skip: 'Skip to content',
  close: 'Close',
  closeKey: 'Escape',
  stop: 'Stop',
  working: 'Working',
  workerMissing: 'The part of the page that computes does not start.',
  reload: 'Reload the page.',
  left: (seconds: number) => (Number.isFinite(seconds) ? `about ${duration(seconds)} left` : ''),
  model: {
    heading: 'Model',
    none: 'No model is open',
    open: 'Model zip …',
    openFolder: 'Model folder …',
    opening: 'Opening the model and measuring its speed …',
    openingWaits: 'Waiting: a model is being trained. The other one is opened afterwards.',
    drop: 'Drop a model folder, or a zip of one, anywhere on the page.',
    example: 'Try the example',
    exampleNote:
      'A small model for drawn scenes, included in this page. It has never seen a photograph: for yours, open a model that was trained on photographs.',
    facts: (backbone: string, head: string, labels: number, height: number, width: number) =>
      `${backbone}, ${head} head, ${counted(labels, 'label')}, ${height} × ${width} pixels`,
    engine: (title: string, milliseconds: number) => `${title}: ${number(milliseconds, 0)} ms per image`,
    slower: (name: string, milliseconds: number) => `${name} was slower: ${number(milliseconds, 0)} ms`,
    withoutWebgpu: (why: string) => `WebGPU is not used: ${why}`,
    notModel: 'What you dropped contains no model folder. Include config.json and model.safetensors.',
  },
  try: {
    heading: 'Try a model',
    empty: 'Drop photographs here, paste one, or choose some.',
    choose: 'Choose photographs …',
    camera: 'Camera …',
    needsModel: 'Open a model first, or try the example.',
    pictures: 'Photographs',
    remove: 'Remove all',
    time: (milliseconds: number) => `${number(milliseconds, 0)} ms from file to labels`,
    labels: 'Labels',
    all: 'Threshold for all labels',
    thresholdNote:
      'A label is predicted if its bar reaches the mark, its threshold. Move a mark to change it.',
    waits:
      'Waiting: a model is being trained. The labels come afterwards; stop the training to see them now.',
    own: "The model's own thresholds",
    thresholdOf: (label: string) => `Threshold for ${label}`,
    scoreText: (score: number, threshold: number, isPresent: boolean) =>
      `threshold ${percent(threshold, 0)}, score ${percent(score)}: ${isPresent ? 'predicted' : 'not predicted'}`,
    showMap: (label: string) => `Show where ${label} was found`,
    map: (label: string) => `Colour marks where “${label}” was found; lighter is stronger.`,
    mapMaking: (label: string) => `Looking where “${label}” was found …`,
    mapWaits: (label: string) =>
      `Waiting: a model is being trained. Where “${label}” was found is shown afterwards.`,
    mapFailed: (label: string, why: string) => `Where “${label}” was found cannot be shown: ${why}`,
    noMap: 'Choose a label to see where it was found.',
    more: (count: number) => `Show all ${number(count)} labels`,
    fewer: 'Show fewer labels',
    compareFolder: 'Compare with a model folder …',
    compare: 'Compare with a model zip …',
    stopComparing: 'Stop comparing',
    copyJson: 'Copy as JSON',
    copyCsv: 'Copy as CSV',
    copied: 'Copied.',
    notCopied: 'The browser does not allow this page to copy.',
    failed: (name: string) => `${name} cannot be used`,
    present: 'predicted',
  },
  address: {
    summary: 'From an address …',
    label: 'Address of a photograph, a zip file or a model folder',
    open: 'Open',
    note: 'On this site only: the page sends no request anywhere else. A model folder ends with a slash.',
    otherSite:
      'The page can only open addresses of its own site. Download the file, and drop it on the page.',
    notAddress: (address: string) =>
      `${address} is not an address: a % must be followed by two hexadecimal digits.`,
    missing: (path: string, status?: number) =>
      `${path} cannot be downloaded${status === undefined ? '' : ` (status ${status})`}. Check the address.`,
    noManifest: (address: string) =>
      `${address} is not a model folder: its manifest.json lists no files. Give the address of a zip file, or of a folder written by Polytag.`,
  },
  label: {
    heading: 'Label photographs',
    empty:
      'Drop a folder of photographs, or a zip, with or without its label file. Your work is kept in this browser.',
    openFolder: 'Open a folder …',
    openFolderNote: 'The label file is written back into the folder when you save it.',
    reopen: (folder: string) => `Continue with ${folder}`,
    notAllowed: (folder: string) => `The browser may not open ${folder}. Click again and allow it.`,
    changedOutside: (path: string) =>
      `${path} was changed by another program, and was not overwritten. Reload the page and open the folder again: it offers your labels beside those of the file.`,
    aside: (name: string, count: number) =>
      `Labels of ${name} (${photographs(count)}) were not saved. They are still kept in this browser.`,
    takeAside: 'Use these labels',
    downloadAside: 'Download them',
    discardAside: 'Discard them',
    takenAside: 'Your labels are set. Save the label file, or undo them step by step.',
    notKept: (why: string) =>
      `This browser does not keep your labels (${why}). Save or download the label file before you close the page.`,
    dropAgain: (name: string, count: number) =>
      `Your labels of ${photographs(count)} (${name}) are kept, the photographs are not. Drop them again on Label to continue.`,
    otherLabelFiles: (name: string, others: readonly string[]) =>
      `Opened with ${name}. Photographs that only ${others.join(', ')} lists are left out.`,
    notThere: (count: number, name: string) =>
      `${photographs(count)} of ${name} ${count === 1 ? 'is' : 'are'} not among the files. Their labels stay in the label file.`,
    notClasses: (name: string, labels: readonly string[]) =>
      `${name} has labels that are not among its classes: ${labels.slice(0, 5).join(', ')}${labels.length > 5 ? ` and ${number(labels.length - 5)} more` : ''}. They are not shown, and saving leaves them out. To keep them, add them to the classes in the file and open it again.`,
    numbers: (name: string) =>
      `The classes of ${name} are numbers. Saving writes them as text: 1 becomes "1".`,
    namesNone: (name: string) =>
      `${name} was skipped: it lists none of these photographs. Its paths begin at its own folder.`,
    notPredicted: (count: number, why: string) => `${photographs(count)} cannot be used. The first: ${why}`,
    downloaded: (name: string, folder?: string) =>
      folder === undefined
        ? `Put ${name} into the folder of the photographs: its paths begin there.`
        : `Put ${name} beside the folder ${folder}: its paths begin there.`,
    openFiles: 'Choose photographs …',
    example: 'Use 240 drawn scenes',
    tags: 'Labels',
    selected: (count: number) => (count === 0 ? 'Nothing selected' : `${number(count)} selected`),
    shown: (shown: number, all: number) =>
      shown === all ? photographs(all) : `${number(shown)} of ${photographs(all)}`,
    add: 'Add a label',
    addHint:
      'Type a label and press Enter: the selected photographs get it. Escape leads back to the photographs.',
    state: { present: 'present', absent: 'absent', unknown: 'unknown', mixed: 'different' },
    described: (state: string, labels: readonly string[] | number) =>
      `${state}: ${typeof labels === 'number' ? counted(labels, 'label') : labels.join(', ')}`,
    stateOf: (label: string) => `${label} in the selected photographs`,
    key: (digit: number) => `key ${digit}`,
    filter: 'Show',
    filters: {
      all: 'all photographs',
      untagged: 'without any known label',
      present: 'with the label',
      absent: 'without the label',
      unknown: 'where it is unknown',
      doubt: 'where the model is uncertain',
      disagree: 'where model and labels disagree',
    },
    ofLabel: 'Label',
    anyLabel: 'any label',
    suggest: 'Run the model',
    suggestAgain: 'Run the model again',
    suggestNote: 'Run the model, then select one photograph: a click on a suggestion takes it. You decide.',
    suggestNoneKnown:
      'The model knows none of your labels by name, so “uncertain” and “disagree” find nothing. It suggests its own.',
    suggestWaits: 'Waiting: a model is being trained',
    states:
      '✓ present, ✕ absent, ? unknown. Training learns nothing from unknown, so mark absent too. For many at once: show “where it is unknown”, Ctrl+A, ✕.',
    suggestions: 'The model suggests',
    noSuggestions: 'nothing that you have not decided yet',
    take: (label: string, score: number) => `${label} ${percent(score, 0)}`,
    takeTitle: (label: string) => `The selected photographs have ${label}`,
    addModelLabels: "Add the model's labels",
    undo: 'Undo',
    save: 'Save the label file',
    download: 'Download the label file',
    saved: 'Saved.',
    unsaved: 'Not saved to the file yet; kept in this browser.',
    restored: 'Your earlier work was restored.',
    tooManyToKeep:
      'The photographs are too large to keep in this browser. Your labels are kept: after a reload, drop the photographs again.',
    clear: 'Close this folder',
    keys: 'Keys: arrows select, Shift+arrows extend, Ctrl+arrows move only, Space adds or removes one, Ctrl+A selects all shown, 1–9 switch a label, Shift+1–9 make it unknown, T adds a label, Ctrl+Z undoes.',
    grid: 'Photographs',
    newLabel: (label: string) => `New label “${label}”.`,
    likeAnother: (label: string, other: string) =>
      `“${label}” is another label than “${other}”. If you meant that one, undo.`,
    nothingSelected: (label: string) =>
      `“${label}” is a label already. Select photographs to give it to them.`,
    changed: (count: number, label: string, state: string) =>
      `${photographs(count)}: ${label} is now ${state}.`,
    undone: 'Undone.',
    badLabel: 'A label needs a letter or a digit.',
  },
  train: {
    heading: 'Train a model',
    lead: 'A model has two parts. The backbone turns a photograph into a list of numbers, its features; the head turns features into labels. The open model lends its backbone, which does not change, and a new head learns your labels.',
    needsModel:
      'Open a model first: training goes on from what it has learned to see. The example under Try has seen drawn scenes only, so it does badly on photographs.',
    needsData: 'Label photographs first: some with and some without each label.',
    data: (images: number, labels: number) => `${photographs(images)} with ${counted(labels, 'label')}`,
    skipped: (count: number) =>
      `${photographs(count)} without any known label ${count === 1 ? 'is' : 'are'} left out.`,
    backbone: (name: string, size: string) => `${name} at ${size} pixels`,
    epochs: 'Epochs',
    epochsHint: 'rounds over the photographs',
    heldOut: 'Held out for evaluation',
    heldOutHint: 'kept aside to test the model',
    seed: 'Seed',
    seedHint: 'any number; it decides which are held out',
    start: 'Train',
    again: 'Train again',
    features: (done: number, total: number) =>
      `Running the backbone: ${number(done)} of ${photographs(total)}`,
    head: (step: number, total: number) => `Training the head: step ${number(step)} of ${number(total)}`,
    loss: 'Loss (error while learning; lower is better)',
    map: 'mAP on held-out photographs (higher is better)',
    curves: 'Loss per step, and mAP on the held-out photographs after each epoch',
    result: 'Result',
    mAP: (value: number, images: number) =>
      Number.isNaN(value)
        ? `None of the ${photographs(images)} held out has a label, so there is no mAP. Label more photographs.`
        : `mAP ${percent(value, 2)} on ${photographs(images)} held out`,
    best: (epoch: number) => `Epoch ${epoch} has the best weights.`,
    times: ({ secondsFeatures, computed, workers, secondsHead }: TrainResult) =>
      `Features of ${photographs(computed)}: ${number(secondsFeatures, 1)} s in ${counted(workers, 'worker')}. Head: ${number(secondsHead, 1)} s.`,
    continues: (count: number) =>
      `Go on from the head of the open model, which has ${number(count)} of these labels (clear it for a new head)`,
    isNotContinuable: (head: string) =>
      `Some of these labels are known to the open model, but its ${head} head is not of the kind that this page trains (linear, with cosines): a new head is trained.`,
    notContinued: 'The head of the open model is of another kind, so a new one was trained.',
    continued: (carried: number, added: number) =>
      `${counted(carried, 'label')} started from the open model, ${number(added)} ${added === 1 ? 'is' : 'are'} new.`,
    table: 'Labels on the held-out photographs',
    columns: { label: 'Label', ap: 'AP', images: 'Photographs', threshold: 'Threshold' },
    few: (count: number, least: number) =>
      `${counted(count, 'label')} ${count === 1 ? 'has' : 'have'} fewer than ${number(least)} held-out photographs: ${count === 1 ? 'its AP is' : 'their APs, and the mAP, are'} little more than chance. Label more photographs.`,
    tableNote:
      'AP: the same measure for one label. Photographs: how many of those held out have it. A label is predicted if its score reaches the threshold.',
    mistakes: 'Worst mistakes',
    mistakesNote: 'Often the label is wrong, not the model. Click one to look at its labels.',
    noMistakes: 'None on the held-out photographs.',
    wrongPresent: (label: string, score: number) =>
      `${label}: predicted (${percent(score, 0)}), not labelled`,
    wrongAbsent: (label: string, score: number) => `${label}: labelled, not predicted (${percent(score, 0)})`,
    bad: (count: number) => `${photographs(count)} cannot be used:`,
    download: 'Download',
    folder: 'Model folder (zip)',
    tfjs: 'TensorFlow.js (zip)',
    onnx: 'ONNX (zip)',
    labels: 'Held-out label file',
    folderHint: 'polytag-eval score --model FOLDER --data held-out.json',
    folderHintNote: (folder?: string) =>
      `gives the same mAP, with held-out.json ${folder === undefined ? 'in the folder of the photographs' : `beside the folder ${folder}`}.`,
    notHere: 'Drop photographs on Label to train with them, or on Try to see what a model says.',
    mAPNote:
      'mAP: 100 % if, for every label that a held-out photograph has, the held-out photographs with it have higher scores than those without it. They were not used for training.',
    use: 'Open it under Try',
    used: 'The trained model is open now, under Try and Label too.',
    stopped: 'Stopped. The features are kept: training again starts with the head.',
  },
  files: {
    tooMany: (count: number) => `At most ${number(count)} files are opened at once.`,
    tooLarge: (what: string) => `${what} is too large to open in a page.`,
    notZip: (name: string) => `${name} is not a readable zip file.`,
    noImages: 'It contains no JPEG, PNG or WebP files.',
    notLabels: (why: string) => `Not used as a label file: ${why}`,
    skipped: (count: number) =>
      `${counted(count, 'file')} ${count === 1 ? 'is' : 'are'} skipped: not JPEG, PNG or WebP.`,
  },
  server: {
    gone: 'The server does not answer. Is polytag-eval play still running?',
  },
};
