/** Non-empty text in NFC: some Vietnamese keyboards send decomposed letters. */
export function nfcOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.normalize('NFC') : undefined;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
