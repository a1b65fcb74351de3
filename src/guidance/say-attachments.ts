import type { OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { ReceivedAttachment, Unread, UnreadPhoto } from './attachments.ts';
import { press } from './payloads.ts';
import { popularButtons } from './say-small-talk.ts';
import { humanButton, reply } from './speech.ts';

/** What is said to those who send something else than words. */

type Kind = ReceivedAttachment['kind'];

/** Of several things sent at once the one that most wants an answer. */
const ORDER: Kind[] = [
  'audio',
  'image',
  'location',
  'file',
  'contact',
  'video',
  'link',
  'unsupported',
  'gif',
  'sticker',
];

export const mainOf = (attachments: ReceivedAttachment[]): ReceivedAttachment | undefined =>
  ORDER.flatMap((kind) => attachments.find((one) => one.kind === kind) ?? [])[0];

const VOICE: Record<Exclude<Unread, UnreadPhoto>, string> = {
  unavailable: 'Tôi chưa nghe được tin nhắn thoại này. Gõ vài chữ giúp nhé, không cần dấu; hoặc để cán bộ nghe.',
  too_long:
    'Tin thoại này dài quá, tôi chỉ nghe được tin dưới 2 phút. Nói lại ngắn hơn, hoặc gõ vài chữ giúp nhé; cũng có thể để cán bộ nghe.',
  not_understood:
    'Tôi nghe chưa rõ. Nói lại giúp, gần máy hơn một chút và bớt tiếng ồn; hoặc gõ vài chữ, không cần dấu.',
};

const SAID: Partial<Record<Kind, string>> = {
  video: 'Tôi chưa xem được video. Gõ vài chữ về việc cần hỏi giúp nhé.',
  file: 'Tôi chưa mở được tệp và không giữ lại. Gõ vài chữ về việc cần hỏi giúp; hồ sơ thì nộp trên Cổng Dịch vụ công hoặc ở quầy.',
  contact:
    'Không cần gửi danh thiếp hay số điện thoại của ai ở đây, tôi đã bỏ đi. Muốn xã gọi lại thì bấm "Gặp cán bộ".',
  link: 'Tôi không mở được liên kết. Trang nào đòi mật khẩu, mã OTP hay chuyển tiền thì đừng bấm; trang của nhà nước có đuôi .gov.vn.\nCần hỏi việc gì cứ gõ vài chữ.',
};

const PHOTO: Record<UnreadPhoto, string> = {
  no_code:
    'Tôi không thấy mã hồ sơ trong ảnh. Giấy hẹn thì chụp lại giúp: thẳng, gần, đủ sáng, thấy hết ô vuông đen trắng; hoặc gõ mã hồ sơ (dạng H26.15-250701-0001).',
  identity_card:
    'Đây là ảnh căn cước, tôi đã bỏ đi. Tra hồ sơ thì chụp giấy hẹn, hoặc gõ mã hồ sơ (dạng H26.15-250701-0001).',
  too_large: 'Ảnh này lớn quá nên tôi không mở được. Gửi ảnh nhỏ hơn, hoặc gõ mã hồ sơ (dạng H26.15-250701-0001).',
  no_image: 'Tôi không mở được ảnh này. Chụp lại rồi gửi giúp, hoặc gõ mã hồ sơ (dạng H26.15-250701-0001).',
};
const isUnreadPhoto = (why: Unread | undefined): why is UnreadPhoto => why !== undefined && why in PHOTO;

export const photo = (why?: Unread): OutgoingMessage[] => [
  {
    text: [
      isUnreadPhoto(why)
        ? PHOTO[why]
        : 'Tôi chưa đọc được ảnh giấy tờ. Gõ vài chữ về việc cần hỏi giúp; giấy hẹn thì gõ mã hồ sơ (dạng H26.15-250701-0001).',
      'Không cần gửi ảnh căn cước, giấy tờ tùy thân, tôi cũng không giữ: ảnh lọt ra ngoài dễ bị lấy đi vay tiền, lừa đảo. Nếu vừa gửi thì nên xóa đi.',
    ].join('\n'),
    buttons: [humanButton(), reply('Xem hồ sơ', press.status)],
  },
];

/** Coordinates tell us nothing: no record holds the borders of communes. Names do. */
function place({ officeName, address }: CommuneSettings): OutgoingMessage[] {
  return [
    {
      text: [
        'Tôi chưa xem được bản đồ nên không biết chỗ này thuộc xã nào. Gõ tên xã, phường (tên cũ cũng được), tôi nói nay thuộc xã nào.',
        address ? `Nơi nộp giấy tờ của xã: ${officeName}, ${address}.` : `Nơi nộp giấy tờ của xã: ${officeName}.`,
      ].join('\n'),
      buttons: [reply('Địa chỉ, giờ làm việc', press.office), humanButton()],
    },
  ];
}

/** The answer to something sent without words. */
export function attachmentAnswer({ kind, read }: ReceivedAttachment, commune: CommuneSettings): OutgoingMessage[] {
  const why = read && 'why' in read ? read.why : undefined;
  if (kind === 'image') return photo(why);
  if (kind === 'location') return place(commune);
  if (kind === 'sticker' || kind === 'gif') return [{ text: 'Cần hỏi việc gì cứ nhắn ạ.', buttons: popularButtons() }];
  const buttons = [humanButton(), reply('Xem hồ sơ', press.status)];
  if (kind === 'audio') return [{ text: VOICE[why && !isUnreadPhoto(why) ? why : 'unavailable'], buttons }];
  return [{ text: SAID[kind] ?? 'Tôi chưa xem được nội dung này. Gõ vài chữ về việc cần hỏi giúp nhé.', buttons }];
}

const BESIDE: Partial<Record<Kind, string>> = {
  audio: 'Tin thoại thì tôi chưa nghe được.',
  image: 'Ảnh thì tôi không đọc được và không giữ lại.',
  file: 'Tệp thì tôi không mở được và không giữ lại.',
  video: 'Video thì tôi không xem được và không giữ lại.',
};

/** What stays unread beside words that were answered; null: nothing worth a word. */
export function unreadNote(attachments: ReceivedAttachment[]): string | null {
  const unread = attachments.filter(({ read }) => !read || 'why' in read);
  const main = mainOf(unread);
  const note = main && BESIDE[main.kind];
  return note ? `(${note})` : null;
}

/** What was understood of a voice note, so that a wrong word is noticed. */
export const heardLine = (words: string): string => `Tôi nghe là: “${words}”`;
