import { wholeNumber } from '@polytag/cli';

/** Whole numbers from 1, with commas between: `20,100,500`. */
export const wholeNumbers = (text: string): number[] => text.split(',').map(wholeNumber);
