import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import { press } from './payloads.ts';
import { humanButton, reply } from './speech.ts';

/** What is said around the answers: greetings, who speaks, what is declined, what was not understood. */

export const popularButtons = (): Button[] => [
  reply('Khai sinh cho con', press.ask('1.001193', 'documents')),
  reply('Sao y giấy tờ', press.ask('2.000815', 'documents')),
  reply('Tạm trú, thường trú', press.ask('1.004194', 'documents')),
  reply('Xem hồ sơ', press.status),
  humanButton(),
];

export const introduction = ({ officeName }: CommuneSettings): string =>
  `Tôi là trợ lý tự động của ${officeName}, không phải cán bộ.`;

/** Under a first answer, where the law wants it said but the answer comes first. */
export const shortIntroduction = ({ officeName }: CommuneSettings): string => `Tôi là trợ lý tự động của ${officeName}`;

export function greeting(commune: CommuneSettings, isNew: boolean): OutgoingMessage[] {
  const text = isNew
    ? `Xin chào ạ. ${introduction(commune)}\nCứ hỏi về giấy tờ, lệ phí, hồ sơ như khi hỏi ở quầy. Cần hỏi việc gì?`
    : 'Chào ạ. Cần hỏi việc gì?';
  return [{ text, buttons: popularButtons() }];
}

export const identity = (commune: CommuneSettings): OutgoingMessage[] => [
  {
    text: `${introduction(commune)}\nTôi chỉ đường về giấy tờ, lệ phí, thời hạn, nơi nộp. Tin nhắn được giữ kín theo quy định; đừng gửi số căn cước hay mã OTP. Muốn gặp người thì bấm "Gặp cán bộ".`,
    buttons: popularButtons(),
  },
];
export const declined = (): OutgoingMessage[] => [
  { text: 'Tôi chỉ giúp được việc thủ tục, hồ sơ và lệ phí ở xã. Cần hỏi thủ tục nào ạ?', buttons: popularButtons() },
];
export const otherAgency = (): OutgoingMessage[] => [
  {
    text: 'Việc này ngoài phần xã giải quyết nên tôi không trả lời được.\nViệc tòa án, ly hôn, kiện tụng: hỏi tòa án hoặc trợ giúp pháp lý. Điện, nước, ngân hàng: gọi tổng đài của họ.',
    buttons: popularButtons(),
  },
];
export const thanks = (): OutgoingMessage[] => [{ text: 'Không có gì ạ. Cần gì cứ nhắn.' }];
/** Shared through the platform: staff may call, and it proves a dossier to be theirs. */
export const thanksForPhone = (): OutgoingMessage[] => [{ text: 'Cảm ơn, tôi đã nhận số. Cần hỏi việc gì cứ nhắn ạ.' }];
export const goodbye = (): OutgoingMessage[] => [{ text: 'Chào ạ. Cần gì cứ nhắn lại.' }];
export const calm = (): OutgoingMessage[] => [
  {
    text: 'Xin lỗi vì làm mất thời gian. Cần việc gì cứ nói, tôi trả lời ngay; hoặc bấm để gặp cán bộ.',
    buttons: [humanButton(), reply('Xem hồ sơ', press.status)],
  },
];

export const notUnderstood = (misses: number): OutgoingMessage[] => [
  {
    text:
      misses > 1
        ? 'Xin lỗi, tôi vẫn chưa hiểu. Để cán bộ trả lời trực tiếp nhé? Hoặc chọn một việc dưới đây.'
        : 'Xin lỗi, tôi chưa hiểu cần hỏi việc gì. Nói vài chữ tên giấy tờ cần làm, hoặc chọn dưới đây.',
    buttons: misses > 1 ? [humanButton(), ...popularButtons().slice(0, 4)] : popularButtons(),
  },
];

export const PRIVACY_NOTE = 'Không cần gửi số giấy tờ, số điện thoại ở đây, tôi đã ẩn đi.';
