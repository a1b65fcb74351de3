import type { OutgoingMessage } from '../channels/channel.ts';
import { press } from './payloads.ts';
import { popularButtons } from './say-small-talk.ts';
import { humanButton, reply } from './speech.ts';

export function complaint(topic: string, line: string): { messages: OutgoingMessage[]; handsOff: boolean } {
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
          ? 'Xin lỗi vì phải chờ lâu. Cho tôi mã hồ sơ trên giấy hẹn để cán bộ xem ngay; tôi đã chuyển lời này tới cán bộ.'
          : 'Xin lỗi vì chuyện này. Tôi đã chuyển lời phản ánh tới cán bộ phụ trách; nói thêm nơi chốn, thời gian thì cán bộ xử lý nhanh hơn.',
        buttons: [reply('Hỏi tiếp trợ lý', press.resume)],
      },
    ],
    handsOff: true,
  };
}
