const OFFSET_MS = 7 * 3_600_000;

/** `yyyyMMddHHmmss` on Vietnamese clocks, as gateways write time, whatever zone the process runs in. */
export const toGmt7 = (at: Date): string =>
  new Date(at.getTime() + OFFSET_MS).toISOString().slice(0, 19).replace(/[-:T]/g, '');

/** Reads `yyyyMMddHHmmss` and `yyyy-MM-dd HH:mm:ss`. @returns null for anything else and for moments no calendar has */
export function fromGmt7(text: string): Date | null {
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)[ T]?(\d\d):?(\d\d):?(\d\d)$/.exec(text.trim());
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second) - OFFSET_MS);
  return toGmt7(at) === parts.slice(1).join('') ? at : null;
}
