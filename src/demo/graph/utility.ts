import type { Page } from './state.ts';
import { GraphRefusal, isJson, type Json } from './wire.ts';

const bad = (message: string) => new GraphRefusal(100, undefined, message);
const listOf = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);
const gapsOf = (text: string) => [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!))];

/** The words of an approved utility template with its gaps filled. @throws {GraphRefusal} */
export function fillUtility(page: Page, template: Json): string {
  if (!page.maySendUtility) {
    throw new GraphRefusal(10, undefined, 'This action requires the page_utility_messaging permission');
  }
  const known = page.templates.get(String(template.name));
  const language = isJson(template.language) ? template.language.code : undefined;
  if (!known || known.language !== language) throw bad('Template name does not exist in the language');
  if (known.status !== 'APPROVED') throw bad('The template is not approved');
  const components = listOf(template.components).filter(isJson);
  const values = listOf(components.find(({ type }) => type === 'body')?.parameters).filter(isJson);
  const gaps = gapsOf(known.text);
  if (values.length !== gaps.length) throw bad(`Number of parameters does not match: ${gaps.length} expected`);
  return gaps.reduce((text, gap, index) => {
    const isNumbered = /^\d+$/.test(gap);
    const value = isNumbered ? values[index] : values.find((one) => one.parameter_name === gap);
    if (typeof value?.text !== 'string' || value.text.trim() === '') throw bad(`Parameter ${gap} is missing`);
    return text.replaceAll(`{{${gap}}}`, value.text);
  }, known.text);
}

/** `POST /{page}/message_templates`: reviewed at once, as Meta does it in seconds. @throws {GraphRefusal} */
export function addUtilityTemplate(page: Page, { name, language, category, components }: Json): Json {
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name)) throw bad('Invalid template name');
  if (category !== 'UTILITY') throw bad('Invalid category');
  const body = listOf(components)
    .filter(isJson)
    .find(({ type }) => type === 'BODY');
  const text = typeof body?.text === 'string' ? body.text : '';
  if (text === '' || /^\{\{|\}\}$/.test(text)) throw bad('INCORRECT_PARAMS');
  page.templates.set(name, { name, language: String(language), status: 'APPROVED', text });
  return { id: String(page.templates.size), status: 'APPROVED', category };
}
