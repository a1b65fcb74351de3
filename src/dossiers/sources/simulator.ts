import { parseMoment } from '../../sheets/dates.ts';
import { DOSSIER_STATES, type DossierSource, type DossierView, type LookupResult } from '../dossier.ts';
import type { Factors } from '../factors.ts';
import { STATE_LABELS } from '../state-map.ts';
import type { SourceName } from './answer.ts';

/** No province has this code: nobody's own dossier begins so. */
export const SIMULATED_UNIT = 'H99.15';
/** What the second factor of every simulated dossier is. */
export const SIMULATED_OWNER = { idLast4: '1234', phone: '0900000001' } as const;

const DAY_MS = 86_400_000;
const FEW_DAYS = 3;
const MANY_DAYS = 30;

interface Variant {
  words: string;
  isLate?: boolean;
  isSensitive?: boolean;
  isMoved?: boolean;
  hasNoFactor?: boolean;
}
/** The last two digits of a simulated code; the two before are the state. */
export const VARIANTS: Record<string, Variant> = {
  '01': { words: 'trong hạn' },
  '02': { words: 'quá hạn', isLate: true },
  '03': { words: 'thủ tục nhạy cảm, trong hạn', isSensitive: true },
  '04': { words: 'thủ tục nhạy cảm, quá hạn', isSensitive: true, isLate: true },
  '05': { words: 'đã dời ngày hẹn trả', isMoved: true },
  '06': { words: 'không có số để xác minh', hasNoFactor: true },
};
/** A state no map knows, and a system that does not answer. */
const UNKNOWN_STATE = '1101';
const NO_ANSWER = '9901';

const PROCEDURES = [
  { procedureCode: '1.001193', procedureName: 'Đăng ký khai sinh' },
  { procedureCode: '1.000894', procedureName: 'Đăng ký kết hôn' },
  { procedureCode: '2.000815', procedureName: 'Chứng thực bản sao từ bản chính giấy tờ, văn bản' },
  { procedureCode: '1.001612', procedureName: 'Đăng ký thành lập hộ kinh doanh' },
];
const SENSITIVE = { procedureCode: '1.001022', procedureName: 'Đăng ký nhận cha, mẹ, con' };

/** All codes of one day, with what they show: for the demo page and for tests that walk through everything. */
export function simulatedCodes(day: Date): { code: string; state: DossierView['state']; words: string }[] {
  const date = new Date(day.getTime() + 7 * 3_600_000).toISOString().slice(2, 10).replaceAll('-', '');
  const codeOf = (serial: string) => `${SIMULATED_UNIT}-${date}-${serial}`;
  const walked = DOSSIER_STATES.flatMap((state) =>
    Object.entries(VARIANTS).map(([variant, { words }]) => ({
      code: codeOf(`${String(state).padStart(2, '0')}${variant}`),
      state,
      words,
    })),
  );
  return [...walked, { code: codeOf(UNKNOWN_STATE), state: 'unknown' as const, words: 'tình trạng chưa rõ' }];
}

/** Changes to simulated dossiers, shared by the demo and its source. */
export interface Simulator {
  /** From now on the dossier looks so: to show that a change is noticed. */
  change(code: string, change: Partial<DossierView>): void;
  dossier(communeId: string, code: string): Promise<DossierView | null>;
}

/** Dossiers that are a pure function of their code, whose date is the day they came in. */
export function createSimulator(factors: Factors): Simulator {
  const changes = new Map<string, Partial<DossierView>>();
  return {
    change: (code, change) => void changes.set(code, { ...changes.get(code), ...change }),
    async dossier(communeId, code) {
      const parts = new RegExp(`^${SIMULATED_UNIT.replace('.', '\\.')}-(\\d{6})-(\\d{2})(\\d{2})$`).exec(code);
      const day = parts && parseMoment(`20${parts[1]}`);
      if (!parts || !day) return null;
      const isUnknown = `${parts[2]}${parts[3]}` === UNKNOWN_STATE;
      const state = isUnknown ? 'unknown' : DOSSIER_STATES.find((one) => one === Number(parts[2]));
      const variant = VARIANTS[parts[3]!];
      if (state === undefined || !variant) return null;
      const { phone, idLast4 } = await factors.of(communeId);
      const hints = {
        idLast4Hash: idLast4(SIMULATED_OWNER.idLast4)!,
        phoneHash: phone(SIMULATED_OWNER.phone)!,
      };
      const view: DossierView = {
        code,
        ...(variant.isSensitive ? SENSITIVE : PROCEDURES[Number(state) % PROCEDURES.length]!),
        rawState: state === 'unknown' ? 'Chờ ký số' : STATE_LABELS[state],
        state,
        receivedAt: new Date(day.at.getTime() + 9 * 3_600_000),
        ...course(state, variant, day.at),
        unitCode: SIMULATED_UNIT,
        unitName: 'Trung tâm Phục vụ hành chính công xã Thử Nghiệm',
        ownerHints: variant.hasNoFactor ? {} : hints,
      };
      return { ...view, ...changes.get(code) };
    },
  };
}

/** Dates and texts that belong to a state. A dossier not yet accepted, or refused, has no due date. */
function course(state: DossierView['state'], variant: Variant, day: Date): Partial<DossierView> {
  const dueDays = variant.isLate || variant.isMoved ? FEW_DAYS : MANY_DAYS;
  const dueAt = atFive(day, dueDays);
  const due = state === 1 || state === 3 ? {} : { dueAt };
  const moved = variant.isMoved && 'dueAt' in due ? { newDueAt: atFive(day, MANY_DAYS) } : {};
  const done = { finishedAt: atFive(day, variant.isLate ? FEW_DAYS + 1 : 2) };
  switch (state) {
    case 3:
      return { reason: 'Tờ khai chưa ký (dữ liệu mẫu)' };
    case 5:
      return { ...due, ...moved, missing: ['Bản chính giấy chứng sinh (dữ liệu mẫu)'], supplementDueAt: dueAt };
    case 6:
      return { ...due, ...moved, fees: [{ name: 'Lệ phí (dữ liệu mẫu)', amountVnd: 25_000, isPaid: false }] };
    case 8:
      return { ...due, reason: 'Hết hạn bổ sung giấy tờ (dữ liệu mẫu)' };
    case 9:
      return { ...due, ...done };
    case 10:
      return { ...due, ...done, returnedAt: atFive(day, FEW_DAYS + 2) };
    default:
      return { ...due, ...moved };
  }
}

/** 17:00 in Vietnam, on the next weekday when the day is none. */
function atFive(day: Date, days: number): Date {
  const at = new Date(day.getTime() + days * DAY_MS + 17 * 3_600_000);
  const weekday = at.getUTCDay();
  return new Date(at.getTime() + (weekday === 6 ? 2 : weekday === 0 ? 1 : 0) * DAY_MS);
}

export function createSimulatedSource(
  source: SourceName & { settings: { lookupsPerSecond: number } },
  simulator: Simulator,
): DossierSource {
  return {
    name: source.name,
    kind: 'simulator',
    lookupsPerSecond: source.settings.lookupsPerSecond,
    async lookup(code, { now }): Promise<LookupResult> {
      if (code.startsWith(SIMULATED_UNIT) && code.endsWith(`-${NO_ANSWER}`)) {
        return { kind: 'unavailable', source: source.name, reason: 'timeout' };
      }
      const dossier = await simulator.dossier(source.communeId, code);
      if (!dossier) return { kind: 'not_found', source: source.name, asOf: now };
      return { kind: 'found', dossier, source: source.name, asOf: now };
    },
  };
}
