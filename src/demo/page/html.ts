import { SIMULATED_OWNER, simulatedCodes } from '../../dossiers/sources/simulator.ts';
import { escapeHtml } from '../../pages/html.ts';
import { type Icon, icon, sprite } from '../../pages/icons.ts';
import type { Device } from './bubble.ts';

/** Made-up dossiers handed in a week ago: under way and in time, under way and late, ready; and one that waits for money. */
function sampleDossiers(now: Date): { looked: string[]; owing: string } {
  const codes = simulatedCodes(new Date(now.getTime() - 7 * 86_400_000)).map(({ code }) => code);
  const byEnd = (serial: string) => codes.find((code) => code.endsWith(serial))!;
  return { looked: ['0401', '0402', '0901'].map(byEnd), owing: byEnd('0601') };
}

/** What a visitor may try first. The page sends the words as they stand. */
const QUESTIONS = [
  'khai sinh cho be can giay to gi',
  'Đăng ký kết hôn bao lâu có?',
  'Sao y hết bao nhiêu tiền?',
  'giay doc than lam o dau',
  'Mấy giờ xã làm việc?',
  'Gặp cán bộ',
];

interface DeviceWords {
  title: string;
  short: string;
  limits: string;
  start: string;
  startIcon: Icon;
  empty: string;
}

const DEVICES: Record<Device, DeviceWords> = {
  zalo: {
    title: 'Điện thoại kiểu Zalo',
    short: 'Kiểu Zalo',
    limits: 'Tối đa 5 nút · 2.000 ký tự · được trả lời trong 7 ngày',
    start: 'Quan tâm',
    startIcon: 'heart',
    empty: 'Gõ câu hỏi ở dưới, bấm một câu hỏi mẫu, hoặc bấm “Quan tâm” như người mới tìm thấy trang của xã.',
  },
  messenger: {
    title: 'Điện thoại kiểu Messenger',
    short: 'Kiểu Messenger',
    limits: 'Tối đa 13 trả lời nhanh · 2.000 ký tự · được trả lời trong 24 giờ',
    start: 'Bắt đầu',
    startIcon: 'heart',
    empty: 'Gõ câu hỏi ở dưới, bấm một câu hỏi mẫu, hoặc bấm “Bắt đầu” như người vừa mở cuộc trò chuyện.',
  },
};

const SAMPLES: [kind: string, icon: Icon, title: string][] = [
  ['image', 'image', 'Gửi ảnh'],
  ['audio', 'mic', 'Gửi ghi âm'],
  ['location', 'pin', 'Gửi vị trí'],
  ['sticker', 'smile', 'Nhãn dán'],
];

function phone(device: Device, office: string): string {
  const { title, limits, start, startIcon, empty } = DEVICES[device];
  const samples = SAMPLES.map(
    ([kind, name, words]) =>
      `<button type="button" class="sample" data-sample="${kind}">${icon(name)}${words}</button>`,
  ).join('');
  return `<section class="phone ${device}" id="phone-${device}" data-device="${device}" aria-labelledby="title-${device}">
  <div class="bar">
    <h2 id="title-${device}">${title}</h2>
    <span class="owner" data-owner="bot" role="status">Trợ lý trả lời</span>
    <p class="limits">${limits}</p>
    <div class="acts">
      <button type="button" class="act" data-act="start">${icon(startIcon)}${start}</button>
      <button type="button" class="act" data-act="staff" title="Cán bộ trả lời từ hộp thư của nền tảng">${icon('officer')}Cán bộ trả lời</button>
      <button type="button" class="act" data-act="fresh" title="Bắt đầu lại với một người chưa từng nhắn">${icon('person')}Người mới</button>
    </div>
  </div>
  <div class="device">
    <div class="chat-head"><span class="avatar" aria-hidden="true">X</span><div><strong>${escapeHtml(office)}</strong><span>Trang chạy thử của xã</span></div></div>
    <div class="scroll" tabindex="0" role="region" aria-label="Nội dung trò chuyện, ${title.toLowerCase()}">
      <div class="empty"><p><strong>Chưa có tin nào.</strong></p><p>${empty}</p><p>Câu trả lời của trợ lý sẽ hiện tại đây.</p></div>
      <div class="log" role="log" aria-live="polite" aria-relevant="additions" aria-label="Tin nhắn"><ol class="chat"></ol></div>
      <div class="typing" hidden><span></span><span></span><span></span><em class="unseen">Đang soạn câu trả lời</em></div>
    </div>
    <div class="quick" role="group" aria-label="Trả lời nhanh" hidden></div>
    <form class="composer">
      <div class="samples" id="samples-${device}" hidden>${samples}</div>
      <button type="button" class="more" aria-expanded="false" aria-controls="samples-${device}" title="Gửi thứ khác: ảnh, ghi âm, vị trí, nhãn dán">${icon('plus')}<span class="unseen">Gửi thứ khác</span></button>
      <textarea rows="1" maxlength="2000" aria-label="Tin nhắn gửi xã" placeholder="Nhắn tin cho xã…" autocomplete="off"></textarea>
      <button type="submit" class="send" title="Gửi">${icon('send')}<span class="unseen">Gửi</span></button>
    </form>
  </div>
</section>`;
}

/** The whole page; everything that moves is filled in by `demo.js`. */
export function demoPage({ office, bankApp, now }: { office: string; bankApp: string; now: Date }): string {
  const { looked, owing } = sampleDossiers(now);
  const dossiers = looked.map((code) => `Hồ sơ ${code} tới đâu rồi?`);
  const chips = [...QUESTIONS, ...dossiers, `Tôi muốn nộp lệ phí hồ sơ ${owing}`, 'Nộp thuế đất ở đâu?']
    .map(
      (question) =>
        `<li><button type="button" class="chip" data-question="${escapeHtml(question)}">${escapeHtml(question)}</button></li>`,
    )
    .join('');
  return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Chạy thử Hỏi Xã</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/demo/assets/demo.css">
<script type="module" src="/demo/assets/demo.js"></script>
</head>
<body data-view="zalo">
${sprite}
<header class="top">
  <h1><span class="mark" aria-hidden="true">?</span>Hỏi Xã <small>chạy thử</small></h1>
  <p class="staff-links"><a href="/demo/console" target="_blank" rel="noopener">Bảng làm việc của cán bộ</a></p>
  <p class="slip">${icon('lock')}<span>Mô phỏng ngay trên máy này, không gửi gì ra ngoài.</span></p>
</header>
<div class="offline" role="alert" hidden><span>Mất kết nối với máy chủ chạy thử. Đang nối lại…</span><button type="button">Thử lại ngay</button></div>
<noscript><p class="offline">Trang chạy thử cần JavaScript để nhận tin mới.</p></noscript>
<nav class="switch" aria-label="Chọn phần để xem">
  <button type="button" data-view="zalo" aria-pressed="true">${DEVICES.zalo.short}</button>
  <button type="button" data-view="messenger" aria-pressed="false">${DEVICES.messenger.short}</button>
  <button type="button" data-view="road" aria-pressed="false">Đường đi</button>
</nav>
<main>
${phone('zalo', office)}
<div class="middle">
  <section class="ask" aria-labelledby="title-ask">
    <div class="ask-head">
      <h2 id="title-ask">Câu hỏi mẫu</h2>
      <div class="choice" role="radiogroup" aria-label="Gửi câu hỏi mẫu vào">
        <label><input type="radio" name="target" value="both" checked><span>Cả hai</span></label>
        <label><input type="radio" name="target" value="zalo"><span>Kiểu Zalo</span></label>
        <label><input type="radio" name="target" value="messenger"><span>Kiểu Messenger</span></label>
      </div>
    </div>
    <ul class="chips">${chips}</ul>
    <p class="sample-note">Hồ sơ mẫu không của ai cả. Khi trợ lý hỏi 4 số cuối căn cước, gõ <strong>${SIMULATED_OWNER.idLast4}</strong>. Tiền nộp ở đây là tiền giả; trả mã QR bằng <a href="${bankApp}" target="_blank">ứng dụng ngân hàng mô phỏng</a>.</p>
  </section>
  <section class="road" aria-labelledby="title-road">
    <div class="road-head">
      <h2 id="title-road">Đường đi của tin gần nhất</h2>
      <div class="choice" role="radiogroup" aria-label="Xem tin của">
        <label><input type="radio" name="road" value="zalo" checked><span>Kiểu Zalo</span></label>
        <label><input type="radio" name="road" value="messenger"><span>Kiểu Messenger</span></label>
      </div>
    </div>
    <p class="road-empty">Chưa có tin nào. Gửi một câu hỏi, từng bước xử lý sẽ hiện ở đây cùng thời gian của nó.</p>
    <ol class="steps"></ol>
    <div class="road-foot" hidden><p class="total" role="status"></p><button type="button" class="raw">${icon('code')}Xem gói tin thô</button></div>
  </section>
</div>
${phone('messenger', office)}
</main>
<dialog class="drawer" aria-labelledby="title-drawer">
  <div class="drawer-head"><h2 id="title-drawer">Gói tin thô</h2><button type="button" class="close" title="Đóng">${icon('close')}<span class="unseen">Đóng</span></button></div>
  <div class="drawer-body"></div>
</dialog>
<dialog class="staff" aria-labelledby="title-staff">
  <form method="dialog">
    <h2 id="title-staff">Cán bộ trả lời từ hộp thư của nền tảng</h2>
    <p>Khi cán bộ đã trả lời, trợ lý im lặng để không nói chen vào.</p>
    <label for="staff-text">Lời của cán bộ</label>
    <textarea id="staff-text" rows="3" maxlength="1000" required>Chào bạn, tôi là cán bộ bộ phận một cửa. Tôi đang xem giúp bạn, bạn chờ tôi ít phút.</textarea>
    <p class="failure" role="alert"></p>
    <div class="dialog-acts"><button type="button" class="act" value="cancel">Thôi</button><button type="submit" class="primary" value="send">Gửi lời của cán bộ</button></div>
  </form>
</dialog>
</body>
</html>
`;
}
