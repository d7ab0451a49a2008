/** The grey of a pixel: ITU-R 601-2 luma in 16-bit fixed point, as Pillow's mode "L" rounds it. 0 to 255. */
export function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}
