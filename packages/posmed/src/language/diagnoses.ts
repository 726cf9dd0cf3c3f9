/** What a mask cannot show. */
const DIAGNOSIS =
  /\b(?:(?:fibro|cyst|adeno)?(?:adenoma|sarcoma|carcinoma)\w*|benign\w*|malignan\w*|cancer\w*|melanom\w*|lymphom\w*|gliom\w*|glioblastom\w*|meningiom\w*|metasta\w*|neoplas\w*|dysplas\w*|hyperplas\w*|covid\w*|pneumoni\w*|tubercul\w*|naev[iu]\w*|nev[iu]s?|keratos\w*|pre-?cancer\w*)\b/gi;

/** Never said, whatever the target is called. */
const NEVER = /^(?:benign|malignan)/i;

/** The first diagnosis in a text that is no part of the target's own name; null for none. */
export function findDiagnosis(text: string, target: string): string | null {
  for (const [word] of text.matchAll(DIAGNOSIS)) {
    if (NEVER.test(word) || !target.toLowerCase().includes(word.toLowerCase())) return word;
  }
  return null;
}
