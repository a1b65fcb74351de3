import type { PayInquiry } from './desk.ts';

/** What the words ask of the desk. Patterns are over letters without marks, blanks at both ends. */
export interface PayWords {
  wantsToPay: boolean;
  hasPaid: boolean;
  wantsReceipt: boolean;
  wantsRefund: boolean;
  /** Taxes, fines, power, water, schools, hospitals: never ours, the rules say whose. */
  isOthersBill: boolean;
  isScamTalk: boolean;
  asksAboutLink(addresses: string[]): boolean;
}

const OTHERS =
  / (thue|nop phat|tien phat|phat (nguoi|giao thong|nong|vi pham)|tien dien|hoa don dien|tien nuoc|hoa don nuoc|hoc phi|tien hoc|vien phi|bhyt|bhxh|bao hiem|tien (su dung )?dat|nghia vu tai chinh|lai ngan hang|tra gop|internet|cuoc) /;
const PAID =
  / (da|vua|moi|lo) (nop|dong|chuyen|thanh toan|ck|tra tien|quet)| (nop|dong|chuyen khoan|thanh toan|ck|quet) (roi|xong)| (nop|dong|chuyen|tra|tru)( tien)? (hai|2) lan | (bi |da )?tru( mat)? tien | chua cap nhat | chua thay (tien|bao|vao|gi)| bao (that bai|loi|chua) /;
/** What alone says little, but with the reader's finer topic is a payment that went wrong. */
const WENT_WRONG = / (da|roi|vua|lo|bi|loi|lan|mat|chua|khong duoc) /;
const CASH = / (tien mat|tai quay|ra xa|o xa|truc tiep) /;
const REFUND = / (hoan (lai|tien|phi|tra)|tra lai (tien|phi|toi|cho)|lay lai tien|xin lai tien) /;
const RECEIPT = / (bien lai|hoa don|chung tu|giay thu tien) /;
const PAY = / (nop|dong|tra|thanh toan|chuyen khoan|ck|quet ma|ma qr|qr|link|momo|vnpay|so tai khoan|stk|chuyen tien) /;
const SCAM =
  / (ca nhan|nguoi la|so la|lam nhanh|otp|lua|gia mao|phai xa khong|cua xa khong) | (co )?(nguoi|ai|dua) (goi|keu|nhan|bao)( [a-z0-9]+){0,6} (dong|chuyen|nop) /;
const LINK_WORDS =
  / (link|lien ket|duong dan|trang( web)?( nay)?|web|kiem tra|that khong|that hay|gia|lua dao|tin (duoc|nhan)|an toan|chinh thuc|co phai|dung (cua|la)|bam|vao|mo) /;

export function readPayWords({ line, text, topic }: Pick<PayInquiry, 'line' | 'text' | 'topic'>): PayWords {
  // the reader's topic is a guess among a few: it counts where a word bears it out
  const wentWrong = /\|(paid_twice|link_failed)$/.test(topic ?? '') && WENT_WRONG.test(line);
  return {
    wantsToPay: PAY.test(line) && !CASH.test(line),
    hasPaid: PAID.test(line) || wentWrong,
    wantsReceipt: RECEIPT.test(line),
    wantsRefund: REFUND.test(line),
    isOthersBill: OTHERS.test(line),
    isScamTalk: SCAM.test(line),
    asksAboutLink(addresses) {
      // the address alone, or with words about it; an address among words about something else is no question
      const rest = addresses.reduce((left, address) => left.replace(address, ' '), text.normalize('NFKC'));
      return !/\p{L}{2,}/u.test(rest) || LINK_WORDS.test(line);
    },
  };
}
