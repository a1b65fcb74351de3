/** Whose number it is, when it is none of a dossier of the national pattern. */
export type ForeignNumber = 'social_insurance' | 'parcel' | 'tax' | 'plate' | 'land';

const KINDS: [ForeignNumber, RegExp][] = [
  // "03706/2026/07906"
  ['social_insurance', /(?<![\d/])\d{5}\s?\/\s?20\d{2}\s?\/\s?\d{4,6}(?![\d/])/],
  // a parcel of the post: "EB123456789VN"
  ['parcel', /(?<![\p{L}\d])[A-Z]{2}\s?\d{3}\s?\d{3}\s?\d{3}\s?VN(?![\p{L}\d])/iu],
  ['tax', /(?:mst|mã số thuế|ma so thue)\D{0,12}\d{10}(?:-\d{3})?(?!\d)/i],
  ['plate', /(?<![\p{L}\d.-])\d{2}\s?-?\s?(?:[A-Z]{2}|[A-Z]\d?)\s?-\s?\d{3}[.\s]?\d{1,2}(?![\d-])/iu],
  ['plate', /(?:biển số|bien so|phạt nguội|phat nguoi)\D{0,12}\d{2}[\s-]?[A-Z]/iu],
  // receipts of the land registry have no common pattern: the words tell
  ['land', /(?:đất đai|dat dai|sổ đỏ|so do|nhà đất|nha dat)[^\d\n]{0,40}\d{4,}[-./]\d+/i],
];

/** Another system's number in a text without dossier codes, or null. */
export function findForeignNumber(rest: string): ForeignNumber | null {
  if (!/\d{2}/.test(rest)) return null;
  const head = rest.slice(0, 4_000);
  return KINDS.find(([, pattern]) => pattern.test(head))?.[0] ?? null;
}
