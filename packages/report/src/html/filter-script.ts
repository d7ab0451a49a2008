import type { PageScript } from './page.js';

/** A field that hides, in tables and lists of labels, those whose name does not hold its text. */
export const FILTER_SCRIPT: PageScript = {
  source: `
{
  const field = document.getElementById('label-filter');
  const entries = [...document.querySelectorAll('[data-filter]')];
  const plain = (text) => text.normalize('NFKD').replace(/\\p{M}/gu, '').toLowerCase();
  const names = entries.map((entry) => plain(entry.dataset.filter));
  const rows = entries.filter((entry) => entry.tagName === 'TR').length;
  field.closest('p').hidden = false;
  field.addEventListener('input', () => {
    const wanted = plain(field.value.trim());
    entries.forEach((entry, i) => (entry.hidden = !names[i].includes(wanted)));
    const left = entries.filter((entry) => entry.tagName === 'TR' && !entry.hidden).length;
    document.getElementById('label-filter-told').textContent = wanted === '' ? '' : left + ' of ' + rows + ' labels';
  });
}
`,
  hash: 'sha256-NbbA+wBP0PuSnvNfa02kwv6jEKiEALJ1Zy5sbGAt0Ms=',
};
