import { DARK, LIGHT, STYLE } from './style.js';

/** Relative luminance of WCAG 2.2, of #rrggbb. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

it('computes contrast as WCAG does', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 12);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('%s colours', (_, { page, surface, text, muted, accent, fill }) => {
  it('have the contrast of WCAG 2.2 AA: text 4.5, what is drawn 3', () => {
    for (const ground of [page, surface]) {
      for (const ink of [text, muted, accent]) expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(accent, fill)).toBeGreaterThanOrEqual(3);
  });

  it('are all in use', () => {
    for (const role of Object.keys(LIGHT)) expect(STYLE).toContain(`var(--${role})`);
  });
});
