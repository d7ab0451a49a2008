import type { PageScript } from './page.js';

/**
 * Makes the headings of sortable tables buttons. Numbers sort from high to low first, text from A to Z; a second press
 * turns the order round. "–" is below every number. Without script the table stays as it is.
 */
export const SORT_SCRIPT: PageScript = {
  source: `
for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const numeric = head.classList.contains('number');
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    const value = ({ cells: { [column]: cell } }) => {
      const number = parseFloat(cell.textContent);
      return numeric ? (number === number ? number : -1e9) : cell.textContent;
    };
    button.addEventListener('click', () => {
      const falling = head.getAttribute('aria-sort') === (numeric ? 'descending' : 'ascending') ? !numeric : numeric;
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
      const order = (a, b) => (numeric ? a - b : a.localeCompare(b));
      const rows = [...table.tBodies[0].rows].sort((a, b) => (falling ? -1 : 1) * order(value(a), value(b)));
      table.tBodies[0].append(...rows);
    });
  });
}
`,
  hash: 'sha256-L5uNJMyLAmEwBlkKD5qv9OWGKHis5QlT83+z2fM2AwI=',
};
