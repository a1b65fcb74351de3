import { describe, expect, it } from 'vitest';
import type { Button } from '../channel.ts';
import { codePoints } from '../split-text.ts';
import { renderMessage } from './render.ts';

const reply = (title: string, value = `hx:${title}`): Button => ({ kind: 'reply', title, value });
const link = (title: string, value = 'https://dichvucong.gov.vn/x'): Button => ({ kind: 'url', title, value });
const sentence = 'Hồ sơ gồm tờ khai, giấy chứng sinh và căn cước của người đi làm. ';

describe('render', () => {
  it('hangs quick replies on the last part only', () => {
    const calls = renderMessage({ text: sentence.repeat(60), buttons: [reply('Lệ phí'), reply('Gặp cán bộ')] });
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.slice(0, -1).every(({ body }) => body.quick_replies === undefined)).toBe(true);
    expect(calls.at(-1)!.body.quick_replies).toEqual([
      { content_type: 'text', title: 'Lệ phí', payload: 'hx:Lệ phí' },
      { content_type: 'text', title: 'Gặp cán bộ', payload: 'hx:Gặp cán bộ' },
    ]);
    expect(calls.every(({ text }) => text.length <= 1_900)).toBe(true);
  });

  it('offers the same choices as numbered text when buttons are refused', () => {
    const [call] = renderMessage({ text: 'Chọn nhé', buttons: [reply('Một'), reply('Hai')] });
    expect(call!.fallbackBody).toEqual({ text: 'Chọn nhé\n\n1. Một\n2. Hai' });
    expect(renderMessage({ text: 'Chào' })[0]!.fallbackBody).toBeUndefined();
  });

  it('numbers titles that do not fit a quick reply', () => {
    const [call] = renderMessage({
      text: 'Trường hợp nào?',
      buttons: [reply('Cha mẹ đã đăng ký kết hôn', 'hx:1'), reply('Khác', 'hx:2')],
    });
    expect(call!.body.text).toBe('Trường hợp nào?\n\n1. Cha mẹ đã đăng ký kết hôn\n2. Khác');
    expect(call!.text).toBe(call!.body.text);
    expect(call!.fallbackBody).toEqual({ text: call!.body.text });
    const [first, second] = call!.body.quick_replies as { title: string; payload: string }[];
    expect(first).toMatchObject({ payload: 'hx:1' });
    expect(first!.title.startsWith('1. Cha mẹ')).toBe(true);
    expect(codePoints(first!.title)).toBeLessThanOrEqual(20);
    expect(second!.title).toBe('2. Khác');
  });

  it('lists every choice when there are more than 13', () => {
    const buttons = Array.from({ length: 15 }, (_, index) => reply(`Mục ${index + 1}`));
    const [call] = renderMessage({ text: 'Chọn', buttons });
    expect(call!.body.quick_replies).toHaveLength(13);
    expect(call!.text).toContain('15. Mục 15');
  });

  it('shows links and numbers as a button template with quick replies beside', () => {
    const [call, ...more] = renderMessage({
      text: 'Lệ phí 8.000 đ',
      buttons: [link('Thanh toán'), { kind: 'phone', title: 'Gọi xã', value: '+842438123456' }, reply('Thôi')],
    });
    expect(more).toEqual([]);
    expect(call!.body).toEqual({
      attachment: {
        type: 'template',
        payload: {
          template_type: 'button',
          text: 'Lệ phí 8.000 đ',
          buttons: [
            { type: 'web_url', title: 'Thanh toán', url: 'https://dichvucong.gov.vn/x', webview_share_button: 'hide' },
            { type: 'phone_number', title: 'Gọi xã', payload: '+842438123456' },
          ],
        },
      },
      quick_replies: [{ content_type: 'text', title: 'Thôi', payload: 'hx:Thôi' }],
    });
    expect(call!.fallbackBody).toEqual({
      text: 'Lệ phí 8.000 đ\n\nThanh toán: https://dichvucong.gov.vn/x\nGọi xã: +842438123456\n\n1. Thôi',
    });
  });

  it('sends a text too long for a template first', () => {
    const calls = renderMessage({ text: sentence.repeat(12), buttons: [link('Mở trang')] });
    expect(calls.map(({ body }) => Object.keys(body))).toEqual([['text'], ['attachment']]);
    expect(calls[1]!.text).toBe('Mời bấm nút bên dưới:');
  });

  it('writes the fourth link, and what is no link, as text', () => {
    const links = ['Một', 'Hai', 'Ba', 'Bốn'].map((title) => link(title, `https://x.vn/${title.length}`));
    const [call] = renderMessage({
      text: 'Các trang',
      buttons: [...links, { kind: 'phone', title: 'Gọi', value: '113' }],
    });
    expect(call!.text).toBe('Các trang\n\nBốn: https://x.vn/3\nGọi: 113');
  });

  it('puts attachments before the text, each with its link as fallback', () => {
    const calls = renderMessage({
      text: 'Mẫu đơn đây',
      imageUrl: 'https://x.vn/a.png',
      file: { url: 'https://x.vn/a.pdf', name: 'Đơn.pdf' },
      buttons: [reply('Tiếp')],
    });
    expect(calls.map(({ kind }) => kind)).toEqual(['image', 'file', 'text']);
    expect(calls[1]!.fallbackBody).toEqual({ text: 'Đơn.pdf: https://x.vn/a.pdf' });
    expect(calls.map(({ body }) => body.quick_replies !== undefined)).toEqual([false, false, true]);
    const [alone] = renderMessage({ text: '', imageUrl: 'https://x.vn/a.png', buttons: [reply('Tiếp')] });
    expect(alone!.body.quick_replies).toHaveLength(1);
  });

  it('gives choices without a text something to hang on', () => {
    expect(renderMessage({ text: '', buttons: [reply('Một')] })).toMatchObject([{ text: 'Mời chọn:' }]);
  });

  it('counts UTF-16 units too, since nobody says what Meta counts', () => {
    const calls = renderMessage({ text: '😀'.repeat(3_000) });
    expect(calls.every(({ text }) => text.length <= 1_900)).toBe(true);
    expect(calls.map(({ text }) => text).join('')).toBe('😀'.repeat(3_000));
  });

  it('makes nothing of nothing', () => {
    expect(renderMessage({ text: '  ' })).toEqual([]);
  });
});
