import { plain } from '../procedures/words.ts';

/** What brings the assistant back also while an officer holds the conversation: said to the citizen when a person comes. */
export const RESUME_WORDS = 'hỏi trợ lý';

const RESUME = /^(?:(?:hoi|gap|goi|quay lai)(?: tiep)?(?: voi)? tro ly(?: tu dong)?|tro ly oi)$/;

/** Nothing but the keyword: a sentence with these words in it is meant for the officer. */
export const asksForAssistant = (text: string): boolean =>
  text.length <= 60 &&
  RESUME.test(
    plain(text)
      .replace(/[^a-z0-9]+/g, ' ')
      .trim(),
  );
