import type { PageScript } from './page.js';

/**
 * Lets a person decide on each suspected label (`fieldset[data-label]` in an element with `data-image`), counts what is
 * decided, and gives the decisions as a CSV file. Without script the page only shows what is suspected.
 */
export const DECISION_SCRIPT: PageScript = {
  source: `
const CHOICES = {
  extra: [['remove', 'remove it'], ['keep', 'keep it'], ['unknown', 'cannot tell']],
  missing: [['add', 'add it'], ['keep', 'leave it out'], ['unknown', 'cannot tell']],
};
const questions = [...document.querySelectorAll('fieldset[data-label]')];
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
questions.forEach((question, i) => {
  const choices = CHOICES[question.dataset.kind].map(([value, text]) =>
    make('label', {}, make('input', { type: 'radio', name: 'decision-' + i, value }), text));
  question.append(make('div', { className: 'choices' }, ...choices));
});
const decisionOf = (question) => question.querySelector('input:checked')?.value;
const count = make('output', {});
const button = make('button', { type: 'button' }, 'Save decisions.csv');
document.querySelector('main').append(make('div', { className: 'bar-below' }, button, count));
let saved = true;
const tell = () => {
  const decided = questions.filter(decisionOf).length;
  count.textContent = decided + ' of ' + questions.length + ' decided' + (saved || decided === 0 ? '' : ', not saved');
};
document.addEventListener('change', () => {
  saved = false;
  tell();
});
const cell = (text) => (/[",;\\t\\r\\n]|^\\s|\\s$/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
button.addEventListener('click', () => {
  const rows = questions.filter(decisionOf).map((question) => [
    question.closest('[data-image]').dataset.image,
    question.dataset.label,
    question.dataset.kind,
    decisionOf(question),
  ]);
  const lines = [['image', 'label', 'kind', 'decision'], ...rows].map((row) => row.map(cell).join(',') + '\\n');
  const address = URL.createObjectURL(new Blob(lines, { type: 'text/csv' }));
  make('a', { href: address, download: 'decisions.csv' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  saved = true;
  tell();
});
addEventListener('beforeunload', (event) => {
  if (!saved) event.preventDefault();
});
tell();
`,
  hash: 'sha256-ipBPhtJukb16yliRX4k7ag5/Znd6np9lFlXwAZ6dCpM=',
};
