import { fit, textWidth } from './text-width.js';

describe('textWidth', () => {
  it('counts columns, not code units', () => {
    expect(textWidth('abc')).toBe(3);
    expect(textWidth('e\u0301')).toBe(1);
    expect(textWidth('日本')).toBe(4);
    expect(textWidth('👩‍🚒')).toBe(2);
  });
});

describe('fit', () => {
  it('pads on either side', () => {
    expect(fit('ab', 4)).toBe('ab  ');
    expect(fit('ab', 4, 'right')).toBe('  ab');
  });

  it('cuts between characters, and fills a column that a wide one leaves', () => {
    expect(fit('abcdef', 4)).toBe('abc…');
    expect(fit('日本語', 4)).toBe('日… ');
  });

  it('shows control characters as escapes', () => {
    expect(fit('a\nb\u202ec', 12)).toBe('a\\nb\\u202ec ');
  });
});
