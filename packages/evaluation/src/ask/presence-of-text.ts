import { parseSentence } from '@prs-med/posmed';

/** Whether a text says that the target is there, by the parser of zone language; null where it leaves that unsaid. */
export function presenceOfText(text: string): boolean | null {
  const { presence } = parseSentence(text);
  return presence === null ? null : presence === 'yes';
}
