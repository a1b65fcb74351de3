/** Banks a VietQR can name: the six digits NAPAS knows them by. */
export const BANKS = [
  { bin: '970436', code: 'VCB', name: 'Vietcombank' },
  { bin: '970415', code: 'CTG', name: 'VietinBank' },
  { bin: '970418', code: 'BIDV', name: 'BIDV' },
  { bin: '970405', code: 'VBA', name: 'Agribank' },
  { bin: '970422', code: 'MB', name: 'MB' },
  { bin: '970407', code: 'TCB', name: 'Techcombank' },
  { bin: '970416', code: 'ACB', name: 'ACB' },
  { bin: '970403', code: 'STB', name: 'Sacombank' },
  { bin: '970432', code: 'VPB', name: 'VPBank' },
  { bin: '970423', code: 'TPB', name: 'TPBank' },
  { bin: '970441', code: 'VIB', name: 'VIB' },
  { bin: '970437', code: 'HDB', name: 'HDBank' },
  { bin: '970443', code: 'SHB', name: 'SHB' },
  { bin: '970426', code: 'MSB', name: 'MSB' },
  { bin: '970448', code: 'OCB', name: 'OCB' },
  { bin: '970429', code: 'SCB', name: 'SCB' },
  { bin: '970440', code: 'SEAB', name: 'SeABank' },
  { bin: '970449', code: 'LPB', name: 'LPBank' },
  { bin: '970452', code: 'KLB', name: 'KienlongBank' },
  { bin: '970454', code: 'VCCB', name: 'BVBank (Bản Việt)' },
  { bin: '970446', code: 'COOPBANK', name: 'Co-opBank' },
  { bin: '970412', code: 'PVCB', name: 'PVcomBank' },
  { bin: '970428', code: 'NAB', name: 'Nam A Bank' },
  { bin: '970425', code: 'ABB', name: 'ABBANK' },
  { bin: '970409', code: 'BAB', name: 'Bac A Bank' },
  { bin: '970431', code: 'EIB', name: 'Eximbank' },
  { bin: '546034', code: 'CAKE', name: 'CAKE' },
  { bin: '546035', code: 'UBANK', name: 'Ubank' },
  { bin: '963388', code: 'TIMO', name: 'Timo' },
] as const;

/** By its six digits, its short name or its code, whatever the case. Null: a bank no VietQR can name. */
export function bankOf(text: string): (typeof BANKS)[number] | null {
  const wanted = text.trim().toUpperCase();
  return (
    BANKS.find(({ bin, code, name }) => bin === wanted || code === wanted || name.toUpperCase() === wanted) ?? null
  );
}
