import { createHmac } from 'node:crypto';
import { html } from '../../pages/html.ts';
import { createPlatformServer, type Outcome, type Request } from '../zalo/http.ts';
import { createDeliveries, type Spoiling } from './deliveries.ts';
import { gatewayPage } from './page.ts';
import { clock } from './wire.ts';

export interface BankAccountHere {
  /** The bank's six digits. */
  bin: string;
  number: string;
  name: string;
  /** Who reads the account and tells of it. Absent: only the statement does. */
  notify?: { url: string; secret: string };
}

/** What banks make of the words of a transfer. */
export type Mangling = 'none' | 'prefix' | 'suffix' | 'lower' | 'joined' | 'split' | 'dotted' | 'cut';
export const MANGLINGS: Record<Mangling, (words: string, serial: number) => string> = {
  none: (words) => words,
  prefix: (words, serial) => `MBVCB.${3_278_900_000 + serial}.${words}`,
  suffix: (words, serial) => `${words} CT tu ${970_000_000 + serial} toi tai khoan xa`,
  lower: (words) => words.toLowerCase(),
  joined: (words) => words.replace(/[^A-Za-z0-9]/g, ''),
  split: (words) => words.replace(/^(.{9})/, '$1 '),
  dotted: (words, serial) => `FT${serial}.${words.replace(/ /g, '.')}.${serial}`,
  // only the reference is left of a longer text
  cut: (words) => words.split(' ')[0]!,
};

export interface Transfer {
  id: number;
  account: BankAccountHere;
  way: 'in' | 'out';
  amountVnd: number;
  /** As the bank wrote them. */
  words: string;
  at: number;
  bankRef: string;
}

const TITLE = 'Ứng dụng ngân hàng mô phỏng';
const MINUTE_MS = 60_000;
/** SePay tells seven more times. */
const WAITS_MS = [1, 1, 2, 3, 5, 8, 13].map((minutes) => minutes * MINUTE_MS);

export interface BankPlatformOptions {
  now?: () => number;
  /** Codes now shown to citizens, for whoever cannot hold a telephone before the screen. */
  codes?: () => Promise<{ account: string; amountVnd: number; words: string }[]>;
  mangling?: Mangling;
}

/**
 * A local stand-in for a bank and for who tells of its credits (as SePay's webhook): accounts, transfers with words as
 * banks mangle them, notifications with retries, a statement, and a plain page to transfer at.
 */
export function createBankPlatform({ now = Date.now, codes, mangling = 'suffix' }: BankPlatformOptions = {}) {
  const accounts = new Map<string, BankAccountHere>();
  const transfers: Transfer[] = [];
  let serial = 92_700;
  let standing = mangling;
  const deliveries = createDeliveries({ now, waitsMs: WAITS_MS, timeoutMs: 30_000 });

  function notification(transfer: Transfer, spoilt: Spoiling | null) {
    const { notify } = transfer.account;
    const at = clock(transfer.at).replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3 $4:$5:$6');
    // the bytes are fixed before they are signed
    const body = JSON.stringify({
      id: transfer.id,
      gateway: 'Ngân hàng mô phỏng',
      transactionDate: at,
      accountNumber: spoilt === 'other_unit' ? '0000000000' : transfer.account.number,
      code: null,
      content: spoilt === 'unknown_ref' ? 'chuyen tien' : transfer.words,
      transferType: transfer.way,
      transferAmount: transfer.amountVnd + (spoilt === 'wrong_amount' ? 1 : 0),
      accumulated: balanceOf(transfer.account.number),
      subAccount: null,
      referenceCode: transfer.bankRef,
      description: '',
    });
    const timestamp = String(Math.floor(now() / 1_000));
    const mac = createHmac('sha256', notify!.secret).update(timestamp).update('.').update(body).digest('hex');
    return {
      method: 'POST' as const,
      url: notify!.url,
      headers: {
        'content-type': 'application/json',
        'x-sepay-timestamp': timestamp,
        'x-sepay-signature': `sha256=${mac}`,
      },
      body: spoilt === 'tampered' ? body.replace(/"transferAmount":\d+/, '"transferAmount":999000') : body,
    };
  }
  const balanceOf = (number: string) =>
    transfers
      .filter(({ account }) => account.number === number)
      .reduce((sum, { way, amountVnd }) => sum + (way === 'in' ? amountVnd : -amountVnd), 19_000_000);

  async function book(
    way: 'in' | 'out',
    to: string,
    amountVnd: number,
    words: string,
    how: Mangling,
  ): Promise<Transfer> {
    const account = accounts.get(to);
    if (!account) throw new Error(`no account ${to} at this bank`);
    if (!Number.isSafeInteger(amountVnd) || amountVnd <= 0) throw new Error('no amount');
    const id = ++serial;
    const transfer: Transfer = {
      id,
      account,
      way,
      amountVnd,
      words: MANGLINGS[how](words, id),
      at: now(),
      bankRef: `FT${clock(now()).slice(2, 8)}${id}`,
    };
    transfers.push(transfer);
    if (account.notify) {
      await deliveries.send({
        ref: String(id),
        build: (spoilt) => notification(transfer, spoilt),
        isAccepted: (status, body) => status >= 200 && status < 300 && /"success":\s*true/.test(body),
      });
    }
    return transfer;
  }

  async function page(request: Request): Promise<Outcome> {
    const form = new URLSearchParams(request.method === 'POST' ? request.body.toString('utf8') : '');
    const [to, words] = [form.get('account')?.trim() ?? '', form.get('words')?.trim() ?? ''];
    const amountVnd = Number((form.get('amount') ?? '').replace(/[.,\s]/g, ''));
    if (request.method !== 'POST') return shown(await formPage());
    if (!accounts.has(to)) return shown(await formPage('Không có tài khoản này.'));
    if (!Number.isSafeInteger(amountVnd) || amountVnd <= 0) return shown(await formPage('Số tiền chưa đúng.'));
    await book('in', to, amountVnd, words, standing);
    return shown(await formPage(null, `Đã chuyển ${money(amountVnd)}.`));
  }

  async function formPage(wrong: string | null = null, done: string | null = null): Promise<string> {
    const waiting = (await codes?.()) ?? [];
    const first = [...accounts.values()][0];
    const recent = transfers
      .filter(({ way }) => way === 'in')
      .slice(-5)
      .toReversed();
    return gatewayPage(
      TITLE,
      html`${wrong && html`<p class="gateway-wrong" role="alert">${wrong}</p>`}
${done && html`<p class="gateway-done" role="status">${done}</p>`}
${waiting.map(
  (code) => html`<form method="post" class="gateway-form">
<h2>Mã QR đang chờ: ${money(code.amountVnd)}</h2>
<p>${code.words} · ${accounts.get(code.account)?.name ?? code.account}</p>
<input type="hidden" name="account" value="${code.account}">
<input type="hidden" name="amount" value="${code.amountVnd}">
<input type="hidden" name="words" value="${code.words}">
<button class="primary">Chuyển ${money(code.amountVnd)}</button>
</form>`,
)}
<form method="post" class="gateway-form">
<h2>Tự nhập lệnh chuyển tiền</h2>
<label for="account">Số tài khoản nhận</label>
<input id="account" name="account" inputmode="numeric" required maxlength="19" value="${first?.number ?? ''}">
<label for="amount">Số tiền (đồng)</label>
<input id="amount" name="amount" inputmode="numeric" required maxlength="15">
<label for="words">Nội dung</label>
<input id="words" name="words" required maxlength="50" autocomplete="off">
<button class="primary">Chuyển tiền</button>
</form>
<p>Muốn thử trả hai lần, trả thiếu, trả sau khi hết hạn hay ghi sai nội dung: cứ chuyển như vậy.</p>
${first && html`<p><a href="statement.csv?account=${first.number}">Tải sao kê (.csv)</a></p>`}
${
  recent.length > 0 &&
  html`<section><h2>Vừa chuyển</h2><ul class="gateway-list">${recent.map(
    (one) => html`<li><strong>${money(one.amountVnd)}</strong><span>Ngân hàng ghi: ${one.words}</span></li>`,
  )}</ul></section>`
}`,
    );
  }

  /** As people save it from the bank's page. */
  function statementCsv(number: string): string {
    const rows = transfers
      .filter(({ account }) => account.number === number)
      .map(({ at, bankRef, way, amountVnd, words }) => {
        const day = clock(at).replace(/^(....)(..)(..)(..)(..)(..)$/, '$3/$2/$1 $4:$5:$6');
        const amount = new Intl.NumberFormat('vi-VN').format(amountVnd);
        const [debit, credit] = way === 'in' ? ['', amount] : [amount, ''];
        return [day, bankRef, debit, credit, `"${words.replaceAll('"', '""')}"`].join(';');
      });
    const head = [`SAO KÊ TÀI KHOẢN ${number}`, '', 'Ngày giao dịch;Số tham chiếu;Ghi nợ;Ghi có;Nội dung giao dịch'];
    return `\ufeff${[...head, ...rows].join('\r\n')}\r\n`;
  }

  async function handle(request: Request): Promise<Outcome> {
    if (request.path === '/statement.csv') {
      const number = request.query.get('account') ?? '';
      const headers = {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': 'attachment; filename="sao-ke.csv"',
      };
      return { status: 200, headers, body: statementCsv(number) };
    }
    if (request.path === '/' || request.path === '/app') return page(request);
    return { status: 404, body: gatewayPage(TITLE, html`<p class="gateway-done">Không có trang này.</p>`) };
  }

  const server = createPlatformServer(handle);
  let url = '';
  return {
    handle,
    openAccount: (account: BankAccountHere) => void accounts.set(account.number, account),
    /** Money comes in. */
    transfer: (to: string, amountVnd: number, words: string, how: Mangling = standing) =>
      book('in', to, amountVnd, words, how),
    /** Money goes out, which is told of as well. */
    withdraw: (from: string, amountVnd: number, words: string) => book('out', from, amountVnd, words, 'none'),
    set mangling(how: Mangling) {
      standing = how;
    },
    /** Told of under the number of the transfer. */
    ipn: deliveries as Omit<typeof deliveries, 'send'>,
    transfers: transfers as readonly Transfer[],
    statementCsv,
    get appUrl() {
      return `${url}/app`;
    },
    tick: () => deliveries.tick(),
    async start(port = 0) {
      url = await server.listen(port);
    },
    stop: () => server.close(),
  };
}
export type BankPlatform = ReturnType<typeof createBankPlatform>;

const money = (vnd: number) => `${new Intl.NumberFormat('vi-VN').format(vnd)} đồng`;
const shown = (body: string): Outcome => ({ status: 200, headers: { 'Cache-Control': 'no-store' }, body });
