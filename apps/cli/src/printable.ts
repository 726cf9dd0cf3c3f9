/** Text as a terminal may show it: one line, without the control characters that would move its cursor. */
export const printable = (text: string): string =>
  text.replace(/\s*[\r\n]+\s*/g, ' ').replace(/\p{Cc}/gu, '\ufffd');
