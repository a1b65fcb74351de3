import type { GatewayName, ProviderKind } from '../provider.ts';
import { momo } from './momo.ts';
import { pp } from './pp.ts';
import { vnpay } from './vnpay.ts';
import { vnptpay } from './vnptpay.ts';

/** Every gateway; how each is configured and made. */
export const GATEWAYS: { readonly [Name in GatewayName]: ProviderKind } = {
  vnpay: vnpay as ProviderKind,
  momo: momo as ProviderKind,
  vnptpay: vnptpay as ProviderKind,
  pp: pp as ProviderKind,
};
