/** Text search as people type it: without regard to case, accents and forms of letters. */

/** Share of a word's trigrams that a text must hold for the word to count as found with a slip. */
const ALIKE = 0.6;

/** A text or a word as it is compared. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Whether a folded text holds all folded words. */
export function holds(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

/**
 * How well a folded text fits what was typed: 1 where it holds every word, less where words are spelt a little
 * differently (by their shared trigrams), 0 where a word is not in it.
 */
export function likeness(text: string, words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    const found = text.includes(word) ? 1 : shareOfTrigrams(text, word);
    if (found < ALIKE) return 0;
    sum += found;
  }
  return words.length === 0 ? 1 : sum / words.length;
}

/** What a text says where the longest beginning of what was typed stands in it, `length` UTF-16 units at most. */
export function excerpt(text: string, typed: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const lower = line.toLowerCase();
  let at = -1;
  for (const word of typed.toLowerCase().split(/\s+/))
    for (let end = word.length; at < 0 && end >= 3; end--) at = lower.indexOf(word.slice(0, end));
  const from = at < length / 2 ? 0 : line.indexOf(' ', at - length / 4) + 1;
  return `${from > 0 ? '… ' : ''}${line.slice(from, from + length)}`;
}

function shareOfTrigrams(text: string, word: string): number {
  const units = Array.from(word);
  // Of three letters or fewer a slip leaves nothing to recognise.
  if (units.length < 4) return 0;
  let found = 0;
  for (let at = 0; at + 3 <= units.length; at++) if (text.includes(units.slice(at, at + 3).join(''))) found++;
  return found / (units.length - 2);
}
