/** Texts from outside: what would deceive the eye is shown as what it is. Markup is no danger here, since every text stays text. */

/** Controls, marks that turn or hide text, invisible ones, and those that belong to no letter. A line's end counts, too: names have one line. */
const DECEIVING = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029\u115F\u1160\u3164\uFFA0\u2800]/gu;

/** More marks than this on one letter climb into the lines around it. */
const MARKS = /(\p{M}{4})\p{M}+/gu;

/** "a\u202Eb" → "a‹U+202E›b". */
export const shown = (text: string): string =>
  text.replace(DECEIVING, (character) => `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`).replace(MARKS, "$1‹…›");

/** At most so many letters, cut between two of them. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  const letters = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text.slice(0, most * 8))];
  return letters.length <= most && text.length <= most * 8 ? text : `${letters.slice(0, most).map((letter) => letter.segment).join("")}…`;
}
