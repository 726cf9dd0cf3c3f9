/** Left for right and right for left, wherever they are words or the beginning of one such as "leftmost". */
export const swapSides = (text: string): string =>
  text.replace(/\b(left|right)(?=\b|most|ward|hand|-)/gi, (word) => {
    const other = word.toLowerCase() === 'left' ? 'right' : 'left';
    if (word === word.toUpperCase()) return other.toUpperCase();
    return word[0] === word[0]!.toUpperCase() ? other[0]!.toUpperCase() + other.slice(1) : other;
  });

/**
 * An answer about the picture's sides said of the patient's, as radiographs and axial slices show them: from the front
 * or from the feet, so that the patient's left is on the picture's right. An answer that names no side stays as it is.
 */
export function sayPatientSides(answer: string): string {
  const swapped = swapSides(answer);
  if (swapped === answer) return answer;
  const side = /\bleft/i.test(swapped) ? 'left' : 'right';
  return `${swapped} Here ${side} is the patient's ${side}.`;
}
