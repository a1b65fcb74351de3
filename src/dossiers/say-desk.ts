import type { OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { FollowUp } from './desk-follow-up.ts';
import { buttons, LOOKUP } from './desk-press.ts';
import type { Admission } from './disclosure.ts';
import type { DossierState } from './dossier.ts';
import { ageLine } from './say-dossier.ts';
import type { SubscribeResult } from './watches.ts';

/** What the desk says around a dossier: proofs asked for, refusals, faults, notices. */

type Office = Pick<CommuneSettings, 'hotline' | 'phone'>;
const call = ({ hotline, phone }: Office) => {
  const number = hotline ?? phone;
  return number ? ` Cần gấp thì gọi ${number}.` : '';
};

export const notFound = (code: string, source: string, asOf: Date, now: Date): OutgoingMessage => ({
  text: [
    `Tôi chưa thấy hồ sơ ${code} trong dữ liệu đang có.`,
    'Hồ sơ có thể nằm ở hệ thống khác, hoặc mới nộp nên chưa kịp cập nhật. Xem lại từng số trên giấy hẹn giúp; đúng rồi thì tra ở trang chính thức, hoặc để cán bộ tìm.',
    ageLine(source, asOf, now),
  ].join('\n'),
  buttons: [buttons.human, buttons.lookup, buttons.noReceipt],
});

export const unavailable = (code: string, office: Office): OutgoingMessage => ({
  text: `Nơi giữ dữ liệu hồ sơ lúc này không trả lời, nên tôi chưa xem được hồ sơ ${code}. Tôi không đoán.\nThử lại sau ít phút, hoặc tra ở trang chính thức ${LOOKUP}.${call(office)}`,
  buttons: [buttons.again(code), buttons.lookup, buttons.human],
});

export function refused(admission: Exclude<Admission, 'admitted'>, office: Office): OutgoingMessage {
  const texts: Record<typeof admission, string> = {
    too_many: 'Tôi đã tra nhiều hồ sơ trong giờ vừa rồi nên tạm dừng một lúc. Khoảng một giờ nữa tra tiếp được.',
    enumerating:
      'Tôi không tra tiếp các mã gần giống nhau, để giữ kín hồ sơ của mọi người. Xem lại mã trên giấy hẹn, hoặc để cán bộ tìm giúp.',
    busy: 'Lúc này quá nhiều người tra hồ sơ. Ít phút nữa thử lại giúp.',
  };
  return { text: `${texts[admission]}${call(office)}`, buttons: [buttons.human, buttons.lookup] };
}

/** Said of every code, known or not, sensitive or not. */
export const askFactor = (code: string): OutgoingMessage => ({
  text: `Để xem chi tiết hồ sơ ${code}, nhắn 4 số cuối căn cước của người đứng tên hồ sơ.\nChỉ 4 số cuối thôi. Đừng nhắn cả số căn cước, ảnh căn cước, mật khẩu hay mã OTP.`,
  buttons: [buttons.status(code), buttons.human],
});

export const phoneIsNoFactor = (code: string): OutgoingMessage => ({
  text: `Số điện thoại gõ vào đây chưa đủ để mở hồ sơ ${code}. Nhắn 4 số cuối căn cước của người đứng tên, hoặc để cán bộ xem giúp.`,
  buttons: [buttons.status(code), buttons.human],
});

export const numberIsNoFactor = (code: string): OutgoingMessage => ({
  text: `Cần đúng 4 số cuối trên thẻ căn cước 12 số của người đứng tên hồ sơ ${code}. Chỉ có chứng minh 9 số cũ, hay không nhớ số, thì cán bộ xem giúp.`,
  buttons: [buttons.status(code), buttons.human],
});

/** The same whether the number is another, none is known, or there is no such dossier. */
export const wrongFactor = (code: string): OutgoingMessage => ({
  text: `Mã hồ sơ ${code} hoặc số vừa đưa chưa khớp, nên tôi chưa mở được chi tiết.\nXem lại giấy hẹn và căn cước của người đứng tên rồi nhắn lại 4 số cuối. Cũng có khi hồ sơ không lưu số căn cước; khi đó cán bộ mở giúp.`,
  buttons: [buttons.status(code), buttons.human],
});

export const triedTooOften = (): OutgoingMessage => ({
  text: 'Đã thử nhiều lần chưa khớp. Để giữ kín hồ sơ, tôi tạm dừng mở chi tiết; 15 phút nữa thử lại được, mỗi ngày vài lần.\nCần ngay thì mang giấy hẹn và căn cước đến một cửa, hoặc bấm "Gặp cán bộ".',
  buttons: [buttons.human],
});

/** The factor was right, the dossier is told of by people only. */
export const NOT_IN_CHAT =
  'Chi tiết hồ sơ này không gửi qua tin nhắn. Mang giấy hẹn và căn cước đến một cửa, hoặc bấm "Gặp cán bộ".';

/** What is said before the state, where the state alone is no answer to what was asked; null: it is. */
export function beforeState(next: FollowUp, state: DossierState): string | null {
  if (next === 'claims' && (state === 5 || state === 6))
    return 'Vừa nộp thì có thể dữ liệu tôi xem được chưa kịp ghi. Giữ biên lai hoặc giấy biên nhận; muốn chắc thì bấm "Gặp cán bộ".';
  if (next === 'lacks' && [1, 2, 4, 9, 10].includes(state as number))
    return 'Dữ liệu không ghi hồ sơ này còn thiếu giấy tờ.';
  return null;
}

export const takeBack = (code: string): OutgoingMessage => ({
  text: `Tôi không rút hay huỷ hồ sơ qua tin nhắn được. Muốn rút hồ sơ ${code}, bấm "Gặp cán bộ", hoặc mang giấy hẹn và căn cước đến một cửa.`,
  buttons: [buttons.human, buttons.status(code)],
});

export const ONLY_FOUR = 'Lần sau chỉ cần 4 số cuối.';

export const CONSENT =
  'Tôi nhắn ở đây khi hồ sơ đổi tình trạng, dời ngày hẹn, sắp đến hẹn hay có kết quả. Tin chỉ nói tình trạng, không nói nội dung. Muốn thôi lúc nào cũng được: gõ "dừng báo".';

export const askConsent = (code: string): OutgoingMessage => ({
  text: `Theo dõi giúp hồ sơ ${code}?\n${CONSENT}`,
  buttons: [buttons.agree(code), buttons.human],
});

export function subscribed(code: string, result: SubscribeResult): OutgoingMessage {
  switch (result.kind) {
    case 'subscribed':
      return {
        text: `Vâng, hồ sơ ${code} có gì mới tôi nhắn ở đây. Muốn thôi thì gõ "dừng báo".`,
        buttons: [buttons.unwatch(code), buttons.human],
      };
    case 'already':
      return {
        text: `Tôi đang theo dõi hồ sơ ${code} rồi, có gì mới tôi nhắn ở đây.`,
        buttons: [buttons.unwatch(code)],
      };
    case 'limit':
      return {
        text: `Mỗi người theo dõi được ${result.limit} hồ sơ một lúc. Gõ "dừng báo" kèm một mã để bỏ bớt, rồi thử lại.`,
        buttons: [buttons.human],
      };
    case 'over':
      return { text: `Hồ sơ ${code} đã xong, không còn thay đổi để báo.`, buttons: [buttons.human] };
  }
}

export const NOT_WATCHED: OutgoingMessage = {
  text: 'Vâng, tôi không tự nhắn. Muốn biết thì nhắn mã hồ sơ bất cứ lúc nào.',
};

export const withdrawn = (codes: string[]): OutgoingMessage => ({
  text:
    codes.length === 0
      ? 'Tôi không theo dõi hồ sơ nào ở đây nên không có gì phải dừng.'
      : `Tôi đã dừng báo về hồ sơ ${codes.join(', ')}. Muốn biết thì nhắn mã hồ sơ bất cứ lúc nào.`,
});

export const watching = (codes: string[]): OutgoingMessage => ({
  text:
    codes.length === 0
      ? 'Tôi chưa theo dõi hồ sơ nào ở đây. Nhắn mã hồ sơ rồi bấm "Báo tôi khi đổi".'
      : `Tôi đang theo dõi: ${codes.join(', ')}.\nMuốn thôi thì gõ "dừng báo", kèm mã nếu chỉ thôi một hồ sơ.`,
});

export const onlyThree = (left: number): OutgoingMessage => ({
  text: `Mỗi lần tôi xem được ba hồ sơ. Còn ${left} mã nữa, nhắn lại giúp.`,
});
