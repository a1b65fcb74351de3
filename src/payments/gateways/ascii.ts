/**
 * Words every gateway signs and shows alike: letters without diacritics, digits and a few marks. What `+`, `%2A` or `~`
 * become differs between their libraries.
 */
export const asciiWords = (text: string, max: number): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .replace(/[^A-Za-z0-9 .,:/_-]+/g, ' ')
    .replace(/ +/g, ' ')
    .slice(0, max)
    .trim();
