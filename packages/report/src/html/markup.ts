import { printable } from '@polytag/core';

/** Text that is HTML already. */
export class Markup {
  constructor(readonly source: string) {}
}

/** What can stand in a {@link markup} template. */
export type Content = string | number | Markup | readonly Content[];

/**
 * HTML template whose values are escaped unless they are markup themselves: a name can never become a tag or leave the
 * quotes of an attribute. Lists are joined without separator.
 */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.reduce((text, part, i) => text + sourceOf(values[i - 1]) + part));
}

/** A name of any script, which turns no other text around. */
export function named(name: string): Markup {
  return markup`<bdi>${name}</bdi>`;
}

function sourceOf(value: Content): string {
  if (value instanceof Markup) return value.source;
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return value.map(sourceOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What is not seen, or turns text around, is shown as an escape; what no HTML file may hold becomes U+FFFD. */
function escaped(text: string): string {
  return printable(text, Infinity)
    .replace(/\p{Noncharacter_Code_Point}/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
