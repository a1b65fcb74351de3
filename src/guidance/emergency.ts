import type { DangerKind } from './cries.ts';
import type { Decision, Turn } from './decision.ts';
import { emergency } from './say-emergency.ts';

const SENSITIVE = new Set<DangerKind>(['suicide', 'child_abuse']);

/** `kind` as read now, or as remembered when the danger goes on. */
export function emergencyOf(turn: Turn, kind: DangerKind): Decision {
  const { line } = turn.reading;
  const before = turn.memory.emergencyKind;
  return {
    messages: emergency({ kind, line }),
    outcome: 'handed_off',
    handOff: { reason: 'emergency' },
    source: 'local',
    memory: { emergencyKind: SENSITIVE.has(kind) || before === undefined ? kind : before },
    meant: { intent: 'emergency', procedureCode: null, aspects: [] },
  };
}
