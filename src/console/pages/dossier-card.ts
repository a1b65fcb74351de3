import type { LookupResult } from '../../dossiers/dossier.ts';
import { STATE_LABELS } from '../../dossiers/state-map.ts';
import { type Html, html } from '../../pages/html.ts';
import { day, dong, moment } from '../say.ts';

/** What a source says of a dossier, for an officer. */
export function dossierCard(result: LookupResult): Html {
  if (result.kind === 'unavailable') {
    return html`<p class="fault" role="alert">${result.reason === 'not_set_up' ? 'Xã chưa nối nguồn hồ sơ nào.' : `${result.source} chưa trả lời. Thử lại sau ít phút.`}</p>`;
  }
  if (result.kind === 'not_found') {
    return html`<p class="fault" role="alert">Không có hồ sơ này trong ${result.source}, dữ liệu lúc ${moment(result.asOf)}.</p>`;
  }
  const { dossier, source, asOf } = result;
  const due = dossier.newDueAt ?? dossier.dueAt;
  const line = (words: string, value: string | undefined | false) =>
    value && html`<div><dt>${words}</dt><dd>${value}</dd></div>`;
  return html`<dl class="facts dossier">
${line('Mã', dossier.code)}${line('Thủ tục', dossier.procedureName)}
${line('Tình trạng', dossier.state === 'unknown' ? `chưa rõ (“${dossier.rawState}”)` : STATE_LABELS[dossier.state])}
${line('Nhận', dossier.receivedAt && day(dossier.receivedAt))}${line(dossier.newDueAt ? 'Hẹn trả (đã lùi)' : 'Hẹn trả', due && day(due))}${line('Trả kết quả', dossier.returnedAt && day(dossier.returnedAt))}
${line('Còn thiếu', dossier.missing?.join('; '))}${line('Lý do', dossier.reason)}
${(dossier.fees ?? []).map(({ name, amountVnd, isPaid }) => line(name, `${dong(amountVnd)}${isPaid === null ? '' : isPaid ? ', đã nộp' : ', chưa nộp'}`))}
${line('Theo', `${source}, lúc ${moment(asOf)}`)}
</dl>`;
}
