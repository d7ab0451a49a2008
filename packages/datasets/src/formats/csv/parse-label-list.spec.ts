import { parseLabelList } from './parse-label-list.js';

it.each([
  ["['clouds', 'sky']", ['clouds', 'sky']],
  ['[]', []],
  [' [ ] ', []],
  [`["person", 'o\\'clock', "it's", 'two words']`, ['person', "o'clock", "it's", 'two words']],
  ['[clouds, blue sky ]', ['clouds', 'blue sky']],
  ["['a, b', 'c']", ['a, b', 'c']],
  ["['a',]", ['a']],
  ['[1. 0. 1.]', ['1.', '0.', '1.']],
  ['[3 17\n 22]', ['3', '17', '22']],
  ["('cat', 'dog')", ['cat', 'dog']],
  ["{'cat'}", ['cat']],
  ["[u'cat', u'do\\u0067', 'caf\\xe9']", ['cat', 'dog', 'café']],
  ["array(['cat', 'dog'], dtype=object)", ['cat', 'dog']],
  ["['cat' 'it is'\n \"dog's bed\"]", ['cat', 'it is', "dog's bed"]],
])('%s', (text, labels) => {
  expect(parseLabelList(text)).toEqual(labels);
});

it.each([
  '',
  'sky',
  "['sky'",
  "'sky']",
  '(sky)',
  "['sky''sea']",
  "['sky]",
  '[,]',
  "['a',,'b']",
  "[['a']]",
  "['a']]",
])('refuses %s', (text) => {
  expect(parseLabelList(text)).toBeUndefined();
});
