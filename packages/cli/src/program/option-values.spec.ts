import { collect, fraction, outputFile, textEncoding, wholeNumber } from './option-values.js';

it('takes whole numbers from 1', () => {
  expect(['1', '64', '1e3'].map(wholeNumber)).toEqual([1, 64, 1000]);
  for (const text of ['0', '-1', '1.5', '', 'three'])
    expect(() => wholeNumber(text)).toThrow('Expected a whole number of at least 1.');
});

it('takes numbers from 0 to 1', () => {
  expect(['0', '0.25', '1'].map(fraction)).toEqual([0, 0.25, 1]);
  for (const text of ['', ' ', '-0.1', '1.5', 'half'])
    expect(() => fraction(text)).toThrow('Expected a number from 0 to 1.');
});

it('knows encodings by their usual names, in any case', () => {
  expect(['UTF8', 'utf-16', 'Latin1', 'cp1252', 'utf-16be'].map(textEncoding)).toEqual([
    'utf-8',
    'utf-16le',
    'windows-1252',
    'windows-1252',
    'utf-16be',
  ]);
  for (const text of ['', 'utf-7', 'constructor'])
    expect(() => textEncoding(text)).toThrow('Expected one of utf-8');
});

it('gathers what is given again', () => {
  expect(['a', 'b'].reduce((before: readonly string[], value) => collect(value, before), [])).toEqual([
    'a',
    'b',
  ]);
});

it('refuses standard output where a command writes a file', () => {
  expect(['out.csv', './-', '-.csv'].map(outputFile)).toEqual(['out.csv', './-', '-.csv']);
  for (const name of ['-', '']) expect(() => outputFile(name)).toThrow('Expected the name of a file');
});
