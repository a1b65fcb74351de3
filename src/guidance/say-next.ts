import type { Procedure } from '../procedures/catalogue.ts';
import type { Topic } from './payloads.ts';

/** The one thing to do after what was just told, for those who asked to have it said simply. */

/** Desks of the commune, as people call them. */
export const DESK: Partial<Record<Procedure['handledBy'], string>> = {
  commune: 'một cửa của xã',
  commune_police: 'công an xã, phường',
  commune_military: 'Ban Chỉ huy quân sự xã',
};

export function nextAction(record: Procedure, topic: Topic): string[] {
  const desk = DESK[record.handledBy];
  if (!desk) return [];
  switch (topic) {
    case 'documents':
    case 'checklist':
    case 'overview':
      return [`Việc cần làm: mang giấy tờ đến ${desk}.`];
    case 'place':
    case 'steps':
      return [`Việc cần làm: đến ${desk}, cán bộ chỉ giúp.`];
    case 'online':
      return record.online === 'none'
        ? [`Việc cần làm: mang giấy tờ đến ${desk}.`]
        : ['Việc cần làm: nhờ người nhà hoặc cán bộ giúp nộp trên mạng.'];
    default:
      return [`Việc cần làm: chuẩn bị giấy tờ, rồi đến ${desk}.`];
  }
}
