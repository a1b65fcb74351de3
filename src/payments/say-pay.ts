import type { Button, OutgoingMessage } from '../channels/channel.ts';
import type { CommuneSettings } from '../communes/communes.ts';
import type { Fee } from './fees.ts';
import { PORTAL_PAY_PAGE, type Way } from './offer.ts';
import type { Order } from './orders.ts';
import type { PaymentMethod } from './provider.ts';
import type { KnownAttempt } from './settle.ts';
import { clockWords, dayWords, METHOD_NAMES, money } from './words.ts';

/** What is said about money. Every amount, name and address comes from a row. */

export const reply = (title: string, value: string): Button => ({ title, kind: 'reply', value });
export const press = {
  dossier: (code: string) => `hx:pay:dossier:${code}`,
  order: (id: string) => `hx:pay:order:${id}`,
  check: (id: string) => `hx:pay:check:${id}`,
} as const;
export const humanButton = reply('Gặp cán bộ', 'hx:human');
const portalButton: Button = { title: 'Trang của Cổng', kind: 'url', value: PORTAL_PAY_PAGE };

const CARE =
  'Xã không hỏi mã OTP, mật khẩu, số thẻ, không nhờ chuyển vào tài khoản cá nhân. Không phải khoản của mình thì đừng nộp.';
const NO_RECEIPT = 'Tin này không phải biên lai.';

const forWhat = (order: Pick<Order, 'purpose' | 'dossierNumber'>) =>
  order.dossierNumber && !order.purpose.includes(order.dossierNumber)
    ? `${order.purpose}, hồ sơ ${order.dossierNumber}`
    : order.purpose;

/** Said once per obligation, in the statement that settles it. */
export function confirmation(
  attempt: Pick<KnownAttempt, 'amountVnd' | 'purpose' | 'dossierNumber' | 'method' | 'ref'>,
  paidAt: Date,
): string {
  return [
    `Đã nhận ${money(attempt.amountVnd)} lúc ${clockWords(paidAt)} ngày ${dayWords(paidAt)}.`,
    `Khoản nộp: ${forWhat(attempt)}. Như vậy là xong, không cần nộp lại.`,
    `Mã giao dịch: ${attempt.ref} (${METHOD_NAMES[attempt.method]}).`,
    `${NO_RECEIPT} Biên lai điện tử do xã phát hành riêng; cần bản in thì hỏi quầy một cửa.`,
  ].join('\n');
}

/** Payee, amount, dossier, purpose, expiry and the host's whole name, then the way to the page. */
export function offer(
  order: Order,
  ways: Way[],
  link: { url: string; expiresAt: Date },
  commune: CommuneSettings,
): OutgoingMessage {
  const online = ways.filter(({ method }) => method !== 'counter' && method !== 'portal');
  const { host } = new URL(link.url);
  const payees = [...new Set(online.map(({ payee }) => payee))];
  return {
    text: [
      `Phải nộp ${money(order.amountVnd)}: ${forWhat(order)}.`,
      ...itemLines(order),
      `Người nhận: ${payees.join(', ') || commune.officeName}.`,
      `Cách nộp: ${online.map(({ method, host: at }) => METHOD_NAMES[method] + (at ? ` (trang ${at})` : '')).join('; ')}; hoặc nộp tại quầy.`,
      `Trang nộp phí nằm ở ${host}, mở được đến ${clockWords(link.expiresAt)} ngày ${dayWords(link.expiresAt)}.`,
      CARE,
    ].join('\n'),
    buttons: [
      { title: 'Mở trang nộp phí', kind: 'url', value: link.url },
      reply('Đã nộp, kiểm tra giúp', press.check(order.id)),
      humanButton,
    ],
  };
}

function itemLines({ items }: Order): string[] {
  const reduced = items.filter(({ reducedVnd }) => reducedVnd > 0);
  const lines =
    items.length > 1 || items.some(({ quantity }) => quantity > 1)
      ? items.map(
          ({ name, quantity, unitVnd, reducedVnd }) =>
            `• ${name}: ${quantity > 1 ? `${quantity} × ${money(unitVnd)} = ` : ''}${money(quantity * unitVnd - reducedVnd)}`,
        )
      : [];
  const off = reduced.reduce((sum, { reducedVnd }) => sum + reducedVnd, 0);
  return off > 0 ? [...lines, `Cán bộ đã miễn, giảm ${money(off)}.`] : lines;
}

/** Nothing of ours takes this amount online: the two ways that are always open. */
export function onlyElsewhere(order: Order, commune: CommuneSettings): OutgoingMessage {
  return {
    text: [
      `Phải nộp ${money(order.amountVnd)}: ${forWhat(order)}.`,
      ...itemLines(order),
      order.dossierNumber
        ? `Nộp ở quầy một cửa${commune.address ? `, ${commune.address}` : ''}; hoặc tự mở dichvucong.gov.vn, mục thanh toán, rồi gõ mã hồ sơ ${order.dossierNumber}.`
        : `Nộp ở quầy một cửa${commune.address ? `, ${commune.address}` : ''}.`,
      CARE,
    ].join('\n'),
    buttons: [...(order.dossierNumber ? [portalButton] : []), humanButton],
  };
}

export function nothingToPay(order: Order): OutgoingMessage {
  return {
    text: `0 đồng: không phải nộp gì cho ${forWhat(order)}.\nAi nhắn hay gọi đòi tiền cho việc này thì đừng chuyển.`,
    buttons: [humanButton],
  };
}

export function noFeeNow(code: string, state: 'not_there' | 'none'): OutgoingMessage {
  return state === 'none'
    ? {
        text: `Hồ sơ ${code} hiện không có khoản nào phải nộp.\nAi nhắn hay gọi đòi tiền cho hồ sơ này thì đừng chuyển, bấm "Gặp cán bộ" để hỏi lại.`,
        buttons: [humanButton],
      }
    : {
        text: `Tôi không thấy hồ sơ ${code} trong dữ liệu của xã, nên chưa nói được phải nộp bao nhiêu.\nXem lại mã trên giấy hẹn, hoặc bấm "Gặp cán bộ". Chưa rõ thì chưa nên nộp.`,
        buttons: [humanButton, portalButton],
      };
}

/** The dossier desk asks for the proof right after. */
export const proofFirst = (code: string): OutgoingMessage => ({
  text: `Khoản phải nộp của hồ sơ ${code} chỉ cho người nộp hồ sơ xem.`,
});

export const onlyInPerson = (code: string): OutgoingMessage => ({
  text: `Hồ sơ ${code} thuộc loại không nói chi tiết qua tin nhắn. Hỏi khoản phải nộp ở quầy một cửa, hoặc bấm "Gặp cán bộ".`,
  buttons: [humanButton],
});

export const sourceDown = (code: string): OutgoingMessage => ({
  text: `Hệ thống hồ sơ đang không trả lời, nên tôi chưa xem được khoản phải nộp của ${code}. Thử lại sau ít phút, chưa cần nộp gì lúc này.`,
  buttons: [reply('Thử lại', press.dossier(code)), humanButton],
});

export const officerMustSay = (code: string): OutgoingMessage => ({
  text: `Hồ sơ ${code} đang chờ nộp tiền, nhưng dữ liệu không ghi số tiền. Tôi không đoán: cán bộ sẽ báo số tiền và cách nộp ở đây.`,
  buttons: [humanButton],
});

/** The commune's dated rule, in plain words; exemptions are told, not granted. */
export function feeRule(fees: Fee[], name: string | null): OutgoingMessage {
  const lines = fees.map(
    (fee) =>
      `${fee.name}: ${fee.amountVnd === 0 ? '0 đồng, không phải nộp' : `${money(fee.amountVnd)} một ${fee.unit}`}${CHANNEL[fee.channel]}.`,
  );
  const groups = [...new Set(fees.flatMap((fee) => fee.exemptions.map(exemptionWords)))];
  const [first] = fees;
  return {
    text: [
      ...lines,
      ...groups,
      ...(groups.length > 0 ? ['Được miễn, giảm thì báo cán bộ và cho xem giấy tờ; cán bộ quyết định.'] : []),
      'Đã có mã hồ sơ thì nhắn mã, tôi xem khoản phải nộp.',
      `(${name ? `${name} · ` : ''}${first!.legalRef} · áp dụng từ ${dateWords(first!.validFrom)})`,
    ].join('\n'),
    buttons: [humanButton],
  };
}

const CHANNEL = { online: ' khi nộp trên mạng', counter: ' khi nộp ở quầy', any: '' } as const;
const dateWords = (iso: string) => iso.split('-').reverse().join('/');
const exemptionWords = ({ group, percent, proof }: Fee['exemptions'][number]) =>
  `${percent === 100 ? 'Miễn' : `Giảm ${percent}%`} cho ${group}${proof ? ` (có ${proof})` : ''}.`;

export const askWhich = (orders: Order[]): OutgoingMessage => ({
  text: `Đang có ${orders.length} khoản chưa nộp. Nộp khoản nào?\n${orders
    .slice(0, 3)
    .map((order, at) => `${at + 1}. ${money(order.amountVnd)}: ${forWhat(order)}`)
    .join('\n')}`,
  buttons: [
    ...orders
      .slice(0, 3)
      .map((order, at) => reply(`Khoản ${at + 1}: ${money(order.amountVnd)}`, press.order(order.id))),
    humanButton,
  ],
});

export const askCode = (methods: PaymentMethod[]): OutgoingMessage => ({
  text: `Nộp được bằng: ${methods.map((method) => METHOD_NAMES[method]).join('; ')}; hoặc tiền mặt ở quầy một cửa.\nNhắn mã hồ sơ ghi trên giấy hẹn (dạng H26.15-250701-0001), tôi xem phải nộp bao nhiêu và gửi trang nộp. Tôi không gửi số tài khoản qua tin nhắn.`,
  buttons: [reply('Không có giấy hẹn', 'hx:no_code'), humanButton],
});

/** Where one obligation stands, for "đã nộp rồi mà chưa thấy". */
export function standing(order: Order, tries: Try[], now: Date): { message: OutgoingMessage; needsOfficer: boolean } {
  const what = `${money(order.amountVnd)}, ${forWhat(order)}`;
  const [latest] = tries;
  const paid = tries.filter(({ status }) => status === 'paid');
  if (order.status === 'paid') {
    const twice = paid.length > 1 || order.issue === 'overpaid';
    return {
      needsOfficer: twice,
      message: {
        text: [
          `Đã nhận ${what}, lúc ${clockWords(order.paidAt ?? now)} ngày ${dayWords(order.paidAt ?? now)}. Không cần nộp lại.`,
          twice
            ? 'Khoản này có vẻ đã vào hai lần. Cán bộ đang kiểm tra để trả lại phần dư; không phải làm gì thêm.'
            : `Mã giao dịch: ${paid[0]?.ref ?? latest?.ref ?? ''}.`,
          ...receiptLines(order),
        ].join('\n'),
        buttons: [humanButton],
      },
    };
  }
  if (order.status === 'waived') return { needsOfficer: false, message: nothingToPay(order) };
  if (order.status === 'review')
    return {
      needsOfficer: true,
      message: {
        text: `Khoản ${what}: ngân hàng báo đã trả tiền về cho người nộp. Cán bộ đang kiểm tra; chưa nộp lại vội.`,
        buttons: [humanButton],
      },
    };
  if (order.status === 'cancelled')
    return {
      needsOfficer: tries.some(({ issue }) => issue === 'not_owed'),
      message: { text: `Khoản ${what} đã được cán bộ hủy, không phải nộp nữa.`, buttons: [humanButton] },
    };
  const underReview = tries.find(({ status }) => status === 'under_review');
  if (underReview)
    return {
      needsOfficer: true,
      message: {
        text: `Có tiền vào cho khoản ${what} nhưng chưa khớp, cán bộ phải xem lại. Đừng nộp lần nữa; giữ ảnh giao dịch.\nMã giao dịch: ${underReview.ref}.`,
        buttons: [humanButton],
      },
    };
  const waiting = tries.find(({ status }) => status === 'created' || status === 'pending');
  if (waiting)
    return {
      needsOfficer: false,
      message: {
        text: `Chưa thấy tiền của khoản ${what}. Mới nộp thì chờ vài phút: có tiền là tôi báo ngay ở đây. Đừng nộp lần nữa.\nĐã bị trừ tiền quá 30 phút thì bấm "Gặp cán bộ", nhắn mã ${waiting.ref}.`,
        buttons: [reply('Kiểm tra lại', press.check(order.id)), humanButton],
      },
    };
  if (latest && now.getTime() - latest.createdAt.getTime() < 72 * 3_600_000)
    return {
      needsOfficer: false,
      message: {
        text: `Chưa thấy tiền của khoản ${what}; lần nộp gần nhất không thành công hoặc đã hết giờ.\nTài khoản đã bị trừ tiền thì đừng nộp lại: bấm "Gặp cán bộ", nhắn mã ${latest.ref}. Chưa bị trừ thì nộp lại được.`,
        buttons: [reply('Nộp lại', press.order(order.id)), humanButton],
      },
    };
  return {
    needsOfficer: false,
    message: {
      text: `Khoản ${what} chưa nộp.`,
      buttons: [reply('Nộp khoản này', press.order(order.id)), humanButton],
    },
  };
}

export interface Try {
  ref: string;
  status: string;
  issue: string | null;
  createdAt: Date;
}

export function receiptLines({ receipts }: Pick<Order, 'receipts'>): string[] {
  const told = receipts.flatMap(({ kind, number, url }) =>
    number || url
      ? [
          `Biên lai${kind === 'phi' ? ' phí' : kind === 'le_phi' ? ' lệ phí' : ''}${number ? ` số ${number}` : ''}${url ? `: ${url}` : ''}.`,
        ]
      : [],
  );
  return told.length > 0
    ? told
    : ['Biên lai điện tử chưa phát hành hoặc chưa gửi về đây; cần gấp thì xin in ở quầy một cửa.'];
}

export const receiptOf = (order: Order): OutgoingMessage => ({
  text: [
    `Khoản ${money(order.amountVnd)}, ${forWhat(order)}:`,
    ...receiptLines(order),
    'Tin nhắn này không thay cho biên lai.',
  ].join('\n'),
  buttons: [humanButton],
});

export const refundWanted = (order: Order): OutgoingMessage => ({
  text: [
    'Xin lại tiền thì cán bộ xem từng trường hợp: nộp hai lần, nộp nhầm, nộp thừa thì được trả lại; việc đã làm xong thì thường không.',
    `Khoản đang xét: ${money(order.amountVnd)}, ${forWhat(order)}.`,
    'Tôi chuyển cho cán bộ. Tiền trả về đúng nơi đã nộp hoặc nhận ở quầy; không ai được hỏi mã OTP để hoàn tiền.',
  ].join('\n'),
  buttons: [humanButton],
});

/** What a check of a pasted address found. */
export type LinkVerdict =
  | { kind: 'official'; host: string; name: string }
  | { kind: 'ours'; host: string; until: Date; amountVnd: number; isOver: boolean }
  | { kind: 'foreign_link'; host: string }
  | { kind: 'gateway'; host: string; name: string }
  | { kind: 'unknown'; host: string; looksLike: string | null };

export function linkVerdict(verdict: LinkVerdict): OutgoingMessage {
  return { text: LINK_WORDS[verdict.kind](verdict as never), buttons: [humanButton] };
}

const DO_NOT = 'Đừng bấm, đừng nhập gì ở đó, nhất là mã OTP và số thẻ. Lỡ nhập rồi thì gọi ngân hàng khóa thẻ ngay.';
const LINK_WORDS: { [Kind in LinkVerdict['kind']]: (verdict: Extract<LinkVerdict, { kind: Kind }>) => string } = {
  official: ({ host, name }) =>
    `Chính thức: ${host} là ${name}.\nChắc nhất vẫn là tự gõ địa chỉ này, không bấm từ tin nhắn của người lạ.`,
  ours: ({ host, until, amountVnd, isOver }) =>
    isOver
      ? `Đúng là trang của xã (${host}), nhưng đã hết hạn lúc ${clockWords(until)} ngày ${dayWords(until)}. Cần nộp thì nhắn "nộp phí", tôi gửi trang mới.`
      : `Đúng là trang xã vừa gửi ở đây (${host}), để nộp ${money(amountVnd)}, mở được đến ${clockWords(until)}.`,
  foreign_link: ({ host }) =>
    `Trang ở ${host} của xã, nhưng không phải do trò chuyện này tạo ra. Đừng nộp khoản của người khác; muốn nộp khoản của mình thì nhắn mã hồ sơ.`,
  gateway: ({ host, name }) =>
    `${host} là trang của ${name}, nhưng ai cũng thu tiền qua đó được, nên chưa nói được tiền về đâu.\nKhoản của xã thì chỉ nộp từ trang xã gửi ở đây, nơi ghi rõ người nhận và số tiền.`,
  unknown: ({ host, looksLike }) =>
    `Không nhận ra: ${host} không phải trang của xã hay của Cổng Dịch vụ công quốc gia${looksLike ? `, dù trông giống ${looksLike}` : ''}.\n${DO_NOT}`,
};
