const OTHER_HALF: Readonly<Record<string, string>> = {
  top: 'bottom',
  topmost: 'bottommost',
  upper: 'lower',
  uppermost: 'lowermost',
  superior: 'inferior',
  above: 'below',
};
const PARTNERS: ReadonlyMap<string, string> = new Map(
  Object.entries(OTHER_HALF).flatMap(([upper, lower]) => [
    [upper, lower],
    [lower, upper],
  ]),
);
const HALF_WORDS = new RegExp(`\\b(?:${[...PARTNERS.keys()].join('|')})\\b`, 'gi');

/** The same text for the picture turned upside down: upper and lower change places. Applied twice it gives the text back. */
export function mirrorHalves(text: string): string {
  return text.replace(HALF_WORDS, (word) => {
    const other = PARTNERS.get(word.toLowerCase())!;
    if (word === word.toUpperCase()) return other.toUpperCase();
    return word[0] === word[0]!.toUpperCase() ? other[0]!.toUpperCase() + other.slice(1) : other;
  });
}
