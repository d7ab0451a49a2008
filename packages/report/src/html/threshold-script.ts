import type { PageScript } from './page.js';

/**
 * Moves thresholds: counts the decisions of every label from its histogram, and shows precision, recall and F1 of the
 * label, over all labels, in the table of labels, and the mistakes at these thresholds. A ratio without anything to
 * divide by is 0, as in `precisionRecall`. Names are only ever set as text.
 */
export const THRESHOLD_SCRIPT: PageScript = {
  source: `
{
  const { steps, labels, images } = JSON.parse(document.getElementById('decision-data').textContent);
  const part = (name) => document.getElementById('threshold-' + name);
  const [choice, slider, shown, figures, told, text] = ['label', 'value', 'shown', 'figures', 'told', 'text'].map(part);
  const rule = document.getElementById('decision-rule');
  const ruleBefore = rule.textContent;
  const ratio = (a, b) => (b === 0 ? 0 : a / b);
  const f1Of = (precision, recall) => ratio(2 * precision * recall, precision + recall);
  const percent = (fraction) => (100 * fraction).toFixed(2);
  const short = (value) => String(Number(value.toFixed(4)));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const make = (tag, className, ...content) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content);
    return element;
  };
  const named = (name) => make('bdi', '', name);

  const atLeast = (sparse) => {
    const counts = new Array(steps + 1).fill(0);
    for (let i = 0; i < sparse.length; i += 2) counts[sparse[i]] = sparse[i + 1];
    for (let step = steps - 1; step >= 0; step--) counts[step] += counts[step + 1];
    return counts;
  };
  for (const [k, label] of labels.entries()) {
    label.place = k;
    label.present = atLeast(label.present);
    label.absent = atLeast(label.absent);
    label.positives = label.present[0];
    label.first = { threshold: label.threshold, hits: label.hits, predicted: label.predicted };
    label.now = label.first;
  }
  const at = (label, step) => ({
    threshold: step / steps,
    hits: label.present[step],
    predicted: label.present[step] + label.absent[step],
  });

  const ofLabel = ({ positives }, { hits, predicted }) => {
    const [precision, recall] = [ratio(hits, predicted), ratio(hits, positives)];
    return { precision, recall, f1: f1Of(precision, recall) };
  };
  const meanOfLabels = (when) => {
    const each = labels.map((label) => ofLabel(label, label[when]));
    const [precision, recall] = ['precision', 'recall'].map((key) => sum(each.map((one) => one[key])) / labels.length);
    return { precision, recall, f1: f1Of(precision, recall) };
  };
  const allDecisions = (when) => {
    const total = (key) => sum(labels.map((label) => label[when][key]));
    const [precision, recall] = [
      ratio(total('hits'), total('predicted')),
      ratio(total('hits'), sum(labels.map(({ positives }) => positives))),
    ];
    return { precision, recall, f1: f1Of(precision, recall) };
  };

  const rows = new Map([...document.querySelectorAll('tr[data-label]')].map((row) => [Number(row.dataset.label), row]));
  const showRow = (label, k) => {
    const row = rows.get(k);
    const { precision, recall, f1 } = ofLabel(label, label.now);
    const values = { precision, recall, f1 };
    for (const cell of row.querySelectorAll('[data-live]')) {
      const key = cell.dataset.live;
      cell.textContent =
        key === 'threshold' ? short(label.now.threshold) : label.positives === 0 ? '\\u2013' : percent(values[key]);
    }
  };

  const chosen = () => Number(choice.value);
  const line = (name, now, before) => {
    const head = make('th', '', name);
    head.scope = 'row';
    const cells = [now.precision, now.recall, now.f1, before.f1].map((value) => make('td', '', percent(value)));
    return make('tr', '', head, ...cells);
  };
  const showFigures = () => {
    const label = labels[chosen()];
    const [mean, all] = [meanOfLabels('now'), allDecisions('now')];
    const lines = [
      line('mean over labels', mean, meanOfLabels('first')),
      line('all decisions', all, allDecisions('first')),
    ];
    let sentence = 'CF1 ' + percent(mean.f1) + ', OF1 ' + percent(all.f1) + ' over all labels.';
    if (label) {
      const now = ofLabel(label, label.now);
      lines.unshift(line(named(label.name), now, ofLabel(label, label.first)));
      sentence =
        label.name + ' from ' + short(label.now.threshold) + ' on: precision ' + percent(now.precision) +
        ', recall ' + percent(now.recall) + ', F1 ' + percent(now.f1) + '. ' + sentence;
    }
    figures.replaceChildren(...lines);
    told.textContent = sentence;
    rule.textContent = labels.some(({ first, now }) => now !== first) ? 'at or above its threshold' : ruleBefore;
    text.value = JSON.stringify(
      { thresholds: Object.fromEntries(labels.map(({ name, label = name, now }) => [label, now.threshold])) },
      null,
      2,
    );
  };
  const showSlider = () => {
    const those = chosen() < 0 ? labels : [labels[chosen()]];
    const values = new Set(those.map(({ now }) => now.threshold));
    const value = values.size === 1 ? those[0].now.threshold : 0.5;
    slider.value = String(Math.round(value * steps));
    shown.textContent = values.size === 1 ? short(value) : 'each its own';
    slider.setAttribute('aria-valuetext', shown.textContent);
  };

  const pictures = new Map(
    [...document.querySelectorAll('img[data-image]')].map((picture) => [picture.dataset.image, picture.src]),
  );
  const mistake = ({ name, place }, [image, score]) => {
    const { name: file, labels: has, picture, ratio, heat } = images[image];
    const item = make('li', '');
    const source = picture ?? pictures.get(String(image));
    if (source) {
      const seen = make('img', '');
      seen.src = source;
      seen.alt = has?.length ? 'Photograph with ' + has.map((k) => labels[k].name).join(', ') : 'Photograph';
      if (heat?.[place]) {
        const map = make('img', 'heat');
        map.src = heat[place];
        map.alt = '';
        const heated = make('span', 'heated', seen, map);
        heated.style.setProperty('--ratio', ratio);
        item.append(make('span', 'frame', heated));
      } else item.append(seen);
    }
    item.append(make('span', 'name', named(name), ' ', make('strong', '', score.toFixed(3))));
    item.append(make('span', 'note', named(file)));
    if (has) {
      const names = has.flatMap((k, i) => [...(i > 0 ? [', '] : []), named(labels[k].name)]);
      item.append(make('span', 'note', 'labels: ', ...(names.length > 0 ? names : ['none'])));
    }
    return item;
  };
  const showMistakes = () => {
    const those = chosen() < 0 ? labels : [labels[chosen()]];
    for (const kind of ['absent', 'present']) {
      const wrong = (score, { now }) => (kind === 'absent') === score >= now.threshold;
      const worst = (a, b) => (kind === 'absent' ? b.entry[1] - a.entry[1] : a.entry[1] - b.entry[1]);
      const seen = new Set();
      const entries = those
        .flatMap((label) => label.mistakes[kind].map((entry) => ({ label, entry })))
        .filter(({ label, entry }) => wrong(entry[1], label))
        .sort(worst)
        .filter(({ entry: [image] }) => !seen.has(image) && seen.add(image))
        .slice(0, 12);
      const list = make('ul', 'mistakes', ...entries.map(({ label, entry }) => mistake(label, entry)));
      document.getElementById('mistakes-' + kind).replaceChildren(entries.length > 0 ? list : make('p', '', 'None.'));
    }
    document.getElementById('mistakes-shown').textContent =
      'Shown: those of ' + (chosen() < 0 ? 'all labels' : labels[chosen()].name) + ' at the thresholds chosen above.';
  };

  const choose = (k) => {
    choice.value = String(k);
    showSlider();
    showFigures();
    showMistakes();
  };
  const move = (next) => {
    labels.forEach((label, k) => {
      if (chosen() >= 0 && chosen() !== k) return;
      label.now = next(label);
      showRow(label, k);
    });
    showSlider();
    showFigures();
    showMistakes();
  };
  choice.addEventListener('change', () => choose(chosen()));
  slider.addEventListener('input', () => move((label) => at(label, Number(slider.value))));
  part('reset').addEventListener('click', () => move((label) => label.first));
  for (const [k, row] of rows) {
    const button = make('button', 'choose', ...row.cells[0].childNodes);
    button.type = 'button';
    button.addEventListener('click', () => {
      choose(k);
      part('panel').scrollIntoView();
      slider.focus({ preventScroll: true });
    });
    row.cells[0].append(button);
  }
  for (const element of [part('panel'), part('link')]) element.hidden = false;
  choice.value = '-1';
  showSlider();
  showFigures();
}
`,
  hash: 'sha256-P2QHSZPZ3jCdQACl49g4BTdmm4RHulOFJG/1uUONmU8=',
};
