import { printable } from '@polytag/core';
import fc from 'fast-check';
import { markup, named } from './markup.js';
import { parsePage } from './page.fixture.js';

const pageWith = (text: string) =>
  `<!DOCTYPE html><html><head><title>t</title></head><body>${markup`<p title="${text}">${text}</p>`.source}</body></html>`;

describe('markup', () => {
  it('escapes values and leaves markup as it is', () => {
    expect(markup`<p>${'a < b & "c"'}${[1, named("d'e"), ' >']}</p>`.source).toBe(
      '<p>a &lt; b &amp; &quot;c&quot;1<bdi>d&#39;e</bdi> &gt;</p>',
    );
  });

  it('gives a parser any text back, in an element and in an attribute, and nothing else', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', 'p', '-', '!', ' ', '=', ';') }),
      fc.constantFrom(
        '</p><script>x()</script>',
        '"><img src=x onerror=x()>',
        '&lt;',
        '<!--',
        ']]>',
        '{{x}}',
      ),
    );
    fc.assert(
      fc.property(text, (value) => {
        const { elements, faults } = parsePage(pageWith(value));
        // What is not seen or turns the line round is shown as an escape; what has no place in a file is replaced.
        const shown = printable(value, Infinity).replace(/\p{Noncharacter_Code_Point}/gu, '\ufffd');
        expect(faults).toEqual([]);
        expect(elements.map(({ tag }) => tag)).toEqual(['html', 'head', 'title', 'body', 'p']);
        expect(elements[4]).toEqual({ tag: 'p', attributes: { title: shown }, text: shown });
      }),
    );
  });

  it('shows half a character, which no file can hold', () => {
    expect(markup`${'a\ud800b'}`.source).toBe('a\\ud800b');
  });
});
