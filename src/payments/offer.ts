import type { PaymentAccounts, StoredAccount } from './accounts.ts';
import type { Order } from './orders.ts';
import type { GatewayName, PaymentMethod, ProviderUrls } from './provider.ts';

/** The portal's own page for what is owed for a dossier: the code is typed there. */
export const PORTAL_PAY_PAGE = 'https://dichvucong.gov.vn/thanh-toan-truc-tuyen';

const GATEWAYS: readonly string[] = ['vnpay', 'momo', 'vnptpay', 'pp'] satisfies GatewayName[];
export const isGateway = (method: PaymentMethod): method is GatewayName => GATEWAYS.includes(method);

/** A way to pay this obligation. */
export interface Way {
  method: PaymentMethod;
  payee: string;
  /** Whole name of the host the citizen will be sent to, where it is known before. */
  host: string | null;
  account: StoredAccount | null;
}

/**
 * The ways that take this amount, the commune's order first. At the desk always; on the portal whatever has a dossier.
 * A gateway whose least amount is above a fee of 2.000 đồng is not shown for it.
 */
export async function waysFor(
  order: Pick<Order, 'communeId' | 'amountVnd' | 'dossierNumber'>,
  deps: { accounts: PaymentAccounts; urls: ProviderUrls; officeName: string },
): Promise<Way[]> {
  const ways: Way[] = [];
  for (const { method, payee, account } of await deps.accounts.offered(order.communeId)) {
    if (isGateway(method)) {
      const { minVnd, maxVnd } = deps.accounts.providerOf(account).limits;
      if (order.amountVnd < minVnd || order.amountVnd > maxVnd) continue;
      ways.push({ method, payee, account, host: hostOf(method, deps.urls) });
    } else if (method === 'vietqr') ways.push({ method, payee, account, host: null });
  }
  if (order.dossierNumber !== null)
    ways.push({ method: 'portal', payee: deps.officeName, account: null, host: new URL(PORTAL_PAY_PAGE).host });
  ways.push({ method: 'counter', payee: deps.officeName, account: null, host: null });
  return ways;
}

/** Ways that go on from our page. */
export const isOnline = ({ method }: Pick<Way, 'method'>): boolean => method !== 'counter' && method !== 'portal';

/** Where the citizen ends up is known where the gateway's page has one address; others tell with the page itself. */
function hostOf(method: GatewayName, urls: ProviderUrls): string | null {
  if (method === 'vnpay') return new URL(urls.VNPAY_PAY_URL).host;
  if (method === 'momo') return new URL(urls.MOMO_API_URL).host;
  return null;
}
