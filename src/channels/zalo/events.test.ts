import { describe, expect, it } from 'vitest';
import { anonymousChatId, recipientOf } from './chat-id.ts';
import { officialAccountOf, readEvent } from './events.ts';

const OA = '3886000000000000001';
const USER = '2468000000000000001';
const now = new Date('2026-11-21T03:00:00Z');
const envelope = { app_id: '1234567890123456789', user_id_by_app: '5521000000000000001', timestamp: '1795168800123' };
const fromUser = { ...envelope, sender: { id: USER }, recipient: { id: OA } };
const fromOa = { ...envelope, sender: { id: OA }, recipient: { id: USER } };
const managed = { ...envelope, oa_id: OA };
const read = (body: Record<string, unknown>) => readEvent(body, OA, now);
const citizen = (name: string, message: Record<string, unknown>) => read({ ...fromUser, event_name: name, message });
const attachment = (type: string, payload: Record<string, unknown>) => ({
  msg_id: 'b',
  attachments: [{ type, payload }],
});

describe('zalo events', () => {
  it('reads a text with a quote', () => {
    const message = { text: 'Làm giấy khai sinh cần gì?', msg_id: '96d3', quote_msg_id: '63ec' };
    expect(citizen('user_send_text', message)).toMatchObject({
      kind: 'message',
      lane: 'turn',
      platformEventId: 'user_send_text:96d3',
      messageId: '96d3',
      replyToMessageId: '63ec',
      occurredAt: new Date(1795168800123),
      opensWindow: true,
    });
  });

  it.each([
    [
      'user_send_image',
      attachment('image', { thumbnail: 'http://a.zdn.vn/t', url: 'http://a.zdn.vn/o' }),
      { kind: 'image', url: 'https://a.zdn.vn/o' },
    ],
    ['user_send_gif', attachment('gif', { url: 'https://a/g.gif' }), { kind: 'gif', url: 'https://a/g.gif' }],
    [
      'user_send_file',
      attachment('file', { url: 'https://a/f', name: 'don.pdf', size: '48213', type: 'pdf' }),
      { kind: 'file', name: 'don.pdf', size: 48213 },
    ],
    [
      'user_send_location',
      attachment('location', { coordinates: { latitude: '21.0285', longitude: '105.8542' } }),
      { kind: 'location', latitude: 21.0285, longitude: 105.8542 },
    ],
    [
      'user_send_sticker',
      attachment('sticker', { id: '46034', url: 'https://a/s' }),
      { kind: 'sticker', url: 'https://a/s' },
    ],
    [
      'user_send_link',
      attachment('link', { url: 'https://dichvucong.gov.vn/', description: 'Cổng' }),
      { kind: 'link', text: 'Cổng' },
    ],
    ['user_send_audio', attachment('audio', { url: 'https://a/v.amr' }), { kind: 'audio', url: 'https://a/v.amr' }],
    ['user_send_video', attachment('video', { url: 'https://a/v.mp4' }), { kind: 'video', url: 'https://a/v.mp4' }],
    ['user_send_hologram', attachment('hologram', {}), { kind: 'unsupported' }],
  ])('reads the attachment of %s', (name, message, expected) => {
    const event = citizen(name, message);
    expect(event).toMatchObject({ kind: 'message', opensWindow: true, chatId: USER });
    expect(event.attachments).toHaveLength(1);
    expect(event.attachments![0]).toMatchObject(expected);
  });

  it('takes a business card for a contact, and its name not for words of the citizen', () => {
    const description = '{"phone":"84912345678","qrCodeUrl":"https://zalo.me/qr"}';
    const event = citizen('user_send_business_card', {
      text: 'Nguyễn Văn A',
      ...attachment('link', { description, url: '' }),
    });
    expect(event.text).toBeUndefined();
    expect(event.attachments).toEqual([
      { kind: 'contact', name: 'Nguyễn Văn A', text: '84912345678', url: 'https://zalo.me/qr' },
    ]);
  });

  it('takes a text with our prefix for a pressed button', () => {
    expect(citizen('user_send_text', { text: 'hx:fee:1.001193', msg_id: 'c' })).toMatchObject({
      kind: 'postback',
      payload: 'hx:fee:1.001193',
      text: 'hx:fee:1.001193',
    });
  });

  it('tells staff, echo and anonymous answers of the OA apart', () => {
    const message = { text: 'Chào bác', msg_id: 'd' };
    expect(read({ ...fromOa, sender: { id: OA, admin_id: 7001 }, event_name: 'oa_send_text', message })).toMatchObject({
      kind: 'staff_message',
      lane: 'turn',
      takesOver: true,
      chatId: USER,
    });
    expect(read({ ...fromOa, event_name: 'oa_send_image', message })).toMatchObject({
      kind: 'echo',
      lane: 'receipt',
      messageId: 'd',
    });
    const anonymous = { ...fromOa, recipient: { id: 'anon-1' }, event_name: 'oa_send_anonymous_text' };
    expect(read({ ...anonymous, message: { ...message, conversation_id: 'conv-1' } })).toMatchObject({
      kind: 'echo',
      chatId: 'anon:conv-1:anon-1',
    });
    expect(read({ ...managed, event_name: 'oa_send_consent', phone: '84912345678' })).toMatchObject({
      kind: 'unknown',
      lane: 'record',
      chatId: null,
    });
  });

  it('gives visitors of the website a chat of their own', () => {
    const sender = { id: 'anon:6f/1c' };
    const message = { conversation_id: 'conv-91', msg_id: 'd1', text: 'Cho hỏi' };
    const event = read({ ...envelope, sender, recipient: { id: OA }, event_name: 'anonymous_send_text', message });
    expect(event).toMatchObject({
      kind: 'message',
      opensWindow: true,
      chatId: anonymousChatId('conv-91', 'anon:6f/1c'),
    });
    expect(recipientOf(event.chatId!)).toEqual({ anonymous_id: 'anon:6f/1c', conversation_id: 'conv-91' });
    expect(recipientOf(USER)).toEqual({ user_id: USER });
  });

  it.each([
    ['follow', { follower: { id: USER } }, { kind: 'start', lane: 'turn', opensWindow: true }],
    ['user_click_chatnow', { user_id: USER }, { kind: 'start', lane: 'turn', opensWindow: true }],
    ['unfollow', { follower: { id: USER } }, { kind: 'unfollow', lane: 'record', opensWindow: false }],
    ['user_withdraw', { user_id: USER }, { kind: 'withdraw', lane: 'turn', opensWindow: false }],
  ])('reads %s', (name, fields, expected) => {
    const body = { ...managed, ...fields, event_name: name };
    expect(officialAccountOf(body)).toBe(OA);
    expect(read(body)).toMatchObject({ ...expected, chatId: USER });
  });

  it('reads shared contact data in both shapes', () => {
    const address = { user_city: 'Thành phố Hà Nội', user_ward: 'Phường Hoàn Kiếm', user_address: 'Số 1' };
    const info = { name: 'Nguyễn Văn A', phone: '84912345678', full_address: address };
    const expected = {
      name: 'Nguyễn Văn A',
      phone: '84912345678',
      address: 'Số 1, Phường Hoàn Kiếm, Thành phố Hà Nội',
    };
    const flat = {
      name: 'Nguyễn Văn A',
      phone: 84912345678,
      address: 'Số 1',
      ward: 'Phường Hoàn Kiếm',
      city: 'Thành phố Hà Nội',
    };
    for (const shape of [info, flat]) {
      const event = read({ ...fromUser, event_name: 'user_submit_info', info: shape });
      expect(event).toMatchObject({ kind: 'contact', lane: 'turn', chatId: USER, detail: expected });
    }
  });

  it('reads receipts, and knows template messages by phone by their tracking id', () => {
    expect(read({ ...fromOa, event_name: 'user_received_message', message: { msg_id: 'c1' } })).toMatchObject({
      kind: 'delivered',
      lane: 'receipt',
      chatId: USER,
      messageIds: ['c1'],
    });
    const seen = { ...fromOa, event_name: 'user_seen_message', message: { msg_ids: ['c1', 'c2'] } };
    expect(officialAccountOf(seen)).toBe(OA);
    expect(read(seen)).toMatchObject({ kind: 'read', lane: 'receipt', messageIds: ['c1', 'c2'] });
    const template = { delivery_time: '1795169000432', msg_id: '15a0', tracking_id: 'hx:17' };
    const byPhone = {
      ...fromOa,
      recipient: { id: '84912345678' },
      event_name: 'user_received_message',
      message: template,
    };
    expect(read(byPhone)).toMatchObject({
      kind: 'delivered',
      lane: 'receipt',
      chatId: null,
      reference: 'hx:17',
      messageIds: ['15a0'],
    });
    expect(JSON.stringify({ ...read(byPhone), raw: null })).not.toContain('84912345678');
  });

  it.each([
    ['user_send_group_text', { ...fromUser, oa_id: OA, message: { text: '[@1] chào', msg_id: 'g' } }],
    ['create_group', managed],
    ['add_user_to_tag', { ...managed, user_id: USER }],
    ['user_reply_consent', managed],
    ['change_oa_daily_quota', { oaId: OA }],
    ['user_click_response_button', { ...managed, message: { data: 'Đã hiểu' } }],
    ['user_send_text', { recipient: { id: OA } }],
    ['extension_purchased', managed],
  ])('keeps %s for the record', (name, fields) => {
    const body = { ...fields, event_name: name };
    expect(officialAccountOf(body)).toBe(OA);
    expect(read(body)).toMatchObject({ kind: 'unknown', lane: 'record', chatId: null, takesOver: false });
  });

  it('gives events without a message id an id of their time and content, whatever the key order', () => {
    const one = read({ ...managed, event_name: 'follow', follower: { id: USER } });
    const again = read({ follower: { id: USER }, event_name: 'follow', ...managed });
    const other = read({ ...managed, event_name: 'follow', follower: { id: '2468000000000000002' } });
    const reaction = (icon: string) =>
      citizen('user_reacted_message', { msg_id: 'c1', react_icon: icon }).platformEventId;
    expect(again.platformEventId).toBe(one.platformEventId);
    expect(other.platformEventId).not.toBe(one.platformEventId);
    expect(reaction('/-heart')).not.toBe(reaction('/-strong'));
  });

  it.each([
    [1795168800123, 1795168800123],
    [1795168800, 1795168800000],
    ['1795168800', 1795168800000],
    ['soon', now.getTime()],
    [undefined, now.getTime()],
    [-5, now.getTime()],
    [1e300, now.getTime()],
  ])('reads the time %s', (timestamp, expected) => {
    expect(read({ ...fromUser, event_name: 'user_send_text', timestamp }).occurredAt.getTime()).toBe(expected);
  });
});
