/** Whether six or eight digits are a day on which a dossier can have been received: not before 2017, at most tomorrow. */
export function isReceiptDay(text: string, now: Date): boolean {
  const full = text.length === 6 ? `20${text}` : text;
  const [year, month, day] = [Number(full.slice(0, 4)), Number(full.slice(4, 6)), Number(full.slice(6))];
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || year < 2017) return false;
  return date.getTime() <= now.getTime() + 2 * 86_400_000;
}
