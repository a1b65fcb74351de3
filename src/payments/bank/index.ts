import type { BankNotifierKind, BankNotifierName } from '../bank.ts';
import { casso } from './casso.ts';
import { payos } from './payos.ts';
import { sepay } from './sepay.ts';

/** Whoever can tell of money on an account. None is used until a commune stores its secret. */
export const NOTIFIERS: { readonly [Name in BankNotifierName]: BankNotifierKind } = {
  sepay: sepay as BankNotifierKind,
  casso: casso as BankNotifierKind,
  payos: payos as BankNotifierKind,
};
