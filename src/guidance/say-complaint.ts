import type { OutgoingMessage } from '../channels/channel.ts';
import { press } from './payloads.ts';
import { popularButtons } from './say-small-talk.ts';
import { humanButton, reply } from './speech.ts';

/** @param dossier code of the dossier spoken of, when one was given */
/** Where or how to complain is asked, and nothing told yet. */
const ASKS_HOW =
  /^ ((toi|em|minh|chau|con|tui|muon|can|thi|vay|the|xin|hoi|cho|xa|gio|a|da|phai) )*(gui |nop |lam |viet )?(don )?(phan anh|gop y|kien nghi)( [a-z]+){0,3} (o dau|cho nao|noi nao|cho ai|voi ai|the nao|lam sao|kieu gi|cach nao|duoc khong)( [a-z]+){0,2} $/;

export function complaint(
  topic: string,
  line: string,
  dossier?: string,
): { messages: OutgoingMessage[]; handsOff: boolean } {
  if (topic.endsWith('|praise') || / (khen|nhiet tinh|tot lam|hai long) /.test(line))
    return { messages: [{ text: 'Cảm ơn lời khen ạ. Tôi chuyển lời này tới cán bộ.' }], handsOff: false };
  if (topic.endsWith('|bot_quality'))
    return {
      messages: [
        {
          text: 'Xin lỗi, tôi hiểu chưa đúng ý. Nói lại giúp việc cần làm bằng vài chữ, hoặc gặp cán bộ.',
          buttons: [humanButton(), ...popularButtons().slice(0, 3)],
        },
      ],
      handsOff: false,
    };
  if (ASKS_HOW.test(line))
    return {
      messages: [
        {
          text: 'Nhắn luôn ở đây: việc gì, ở đâu, lúc nào; tôi chuyển cán bộ phụ trách. Hoặc gửi trên Cổng Dịch vụ công quốc gia, mục phản ánh kiến nghị.',
          buttons: [humanButton(), { title: 'Gửi phản ánh', kind: 'url', value: 'https://dichvucong.gov.vn' }],
        },
      ],
      handsOff: false,
    };
  if (topic.endsWith('|bribe_denounce') || / (to cao|khieu nai) /.test(line))
    return {
      messages: [
        {
          text: 'Đơn khiếu nại, tố cáo nộp ở bộ phận tiếp công dân của ủy ban xã, hoặc gửi trên Cổng Dịch vụ công, mục phản ánh kiến nghị.\nTôi báo để cán bộ phụ trách liên hệ.',
          buttons: [
            { title: 'Gửi phản ánh', kind: 'url', value: 'https://dichvucong.gov.vn' },
            reply('Hỏi tiếp trợ lý', press.resume),
          ],
        },
      ],
      handsOff: true,
    };
  const isLate = topic.endsWith('|delay');
  return {
    messages: [
      {
        text: isLate
          ? dossier
            ? `Xin lỗi vì phải chờ lâu. Tôi đã chuyển lời này cùng mã ${dossier} tới cán bộ để xem ngay.`
            : 'Xin lỗi vì phải chờ lâu. Cho tôi mã hồ sơ trên giấy hẹn để cán bộ xem ngay; tôi đã chuyển lời này tới cán bộ.'
          : 'Xin lỗi vì chuyện này. Tôi đã chuyển lời phản ánh tới cán bộ phụ trách; nói thêm nơi chốn, thời gian thì cán bộ xử lý nhanh hơn.',
        buttons: [reply('Hỏi tiếp trợ lý', press.resume)],
      },
    ],
    handsOff: true,
  };
}
