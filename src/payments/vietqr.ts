import { z } from 'zod';
import { PaymentGatewayError } from './provider.ts';

/** Banks cut longer words. */
export const MAX_WORDS = 25;

const transfer = z.object({
  bin: z.string().regex(/^\d{6}$/, 'a bank has six digits'),
  accountNumber: z.string().regex(/^[A-Za-z0-9]{4,19}$/, 'an account has 4 to 19 digits'),
  /** Left out: a code without an amount, good for any number of payments. */
  amountVnd: z.int().min(1).max(9_999_999_999_999, 'more than 13 digits').optional(),
  /** Banks keep no other signs. */
  words: z
    .string()
    .regex(/^[A-Z0-9 ]+$/, 'words have letters A–Z, digits and blanks')
    .max(MAX_WORDS)
    .optional(),
  /** Many banks look the name up by themselves. */
  payeeName: z
    .string()
    .regex(/^[A-Z0-9 .]+$/)
    .max(25)
    .optional(),
  billNumber: z
    .string()
    .regex(/^[A-Z0-9]+$/)
    .max(25)
    .optional(),
});
export type Transfer = z.input<typeof transfer>;

const field = (id: string, value: string | undefined) =>
  value === undefined || value === '' ? '' : `${id}${String(value.length).padStart(2, '0')}${value}`;

/**
 * The text of a VietQR for a transfer to an account (EMVCo merchant-presented mode, NAPAS service QRIBFTTA).
 * @throws {PaymentGatewayError} `misconfigured`: a value no bank would read rightly
 */
export function vietQrText(input: Transfer): string {
  const parsed = transfer.safeParse(input);
  if (!parsed.success) {
    throw new PaymentGatewayError('misconfigured', `no VietQR: ${parsed.error.issues[0]!.message}`);
  }
  const { bin, accountNumber, amountVnd, words, payeeName, billNumber } = parsed.data;
  const account = field('01', field('00', bin) + field('01', accountNumber));
  const text = [
    field('00', '01'),
    field('01', amountVnd === undefined ? '11' : '12'),
    field('38', `${field('00', 'A000000727')}${account}${field('02', 'QRIBFTTA')}`),
    field('53', '704'),
    field('54', amountVnd?.toFixed(0)),
    field('58', 'VN'),
    field('59', payeeName),
    field('62', field('01', billNumber) + field('08', words)),
    '6304',
  ].join('');
  return text + crc16(text);
}

/** CRC-16/CCITT-FALSE, four digits, upper case. */
export function crc16(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'latin1')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff) >>> 0;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

/** The code as a picture, black on white, drawn here: an image service would see every payment. */
export async function qrPng(text: string): Promise<Buffer> {
  const { toBuffer } = await import('qrcode');
  return toBuffer(text, { type: 'png', errorCorrectionLevel: 'M', width: 600, margin: 4 });
}

/** The same as a `data:` address for an `img`. */
export async function drawVietQr(
  account: { bin: string; accountNumber: string },
  amountVnd: number,
  words: string,
): Promise<string> {
  const { bin, accountNumber } = account;
  const png = await qrPng(vietQrText({ bin, accountNumber, amountVnd, words }));
  return `data:image/png;base64,${png.toString('base64')}`;
}
