import type { EmergencyKind } from './cues.ts';
import type { Decision, Turn } from './decision.ts';
import { emergency, type Threat, threat } from './say-emergency.ts';

const SENSITIVE: Threat[] = ['suicide', 'child_abuse'];

/** `kind` as read now, or as remembered when the danger goes on. */
export function emergencyOf(turn: Turn, kind: EmergencyKind | Threat): Decision {
  const { line } = turn.reading;
  const told: Threat = kind === 'water' || kind === 'wire' ? kind : threat(kind, line);
  return {
    messages: emergency({ kind: told, line }),
    outcome: 'handed_off',
    handOff: { reason: 'emergency' },
    source: 'local',
    memory: {
      emergencyKind:
        SENSITIVE.includes(told) || turn.memory.emergencyKind === undefined ? told : turn.memory.emergencyKind,
    },
    meant: { intent: 'emergency', procedureCode: null, aspects: [] },
  };
}
