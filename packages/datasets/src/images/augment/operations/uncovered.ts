/** The grey of pixels that a moved image leaves uncovered. */
export const UNCOVERED = 128;
