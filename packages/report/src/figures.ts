/** A fraction in per cent, two decimals. */
export const percent = (fraction: number): string => (100 * fraction).toFixed(2);

/** A fraction in per cent for a chart, one decimal. */
export const roughPercent = (fraction: number): string => (100 * fraction).toFixed(1);

/** A score or threshold: at most four decimals, none that are 0. */
export const short = (value: number): string => String(Number(value.toFixed(4)));

/** A count, with a comma at thousands. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** "1 image", "2 images". */
export const images = (value: number): string => `${count(value)} ${value === 1 ? 'image' : 'images'}`;

/** A place in a drawing: at most one decimal. */
export const place = (value: number): number => Number(value.toFixed(1));
