import type { EmergencyKind } from './cues.ts';
import type { Decision, Turn } from './decision.ts';
import { emergency } from './say-emergency.ts';

const SENSITIVE: EmergencyKind[] = ['suicide', 'child_abuse'];

export function emergencyOf(turn: Turn, kind: EmergencyKind): Decision {
  return {
    messages: emergency(kind),
    outcome: 'handed_off',
    handOff: { reason: 'emergency' },
    source: 'local',
    memory: {
      emergencyKind:
        SENSITIVE.includes(kind) || turn.memory.emergencyKind === undefined ? kind : turn.memory.emergencyKind,
    },
    meant: { intent: 'emergency', procedureCode: null, aspects: [] },
  };
}
