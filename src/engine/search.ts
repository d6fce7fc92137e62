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

/** Of the word's trigrams, the share that one word of the text holds. */
function shareOfTrigrams(text: string, word: string): number {
  const units = Array.from(word);
  // Of three letters or fewer a slip leaves nothing to recognise.
  if (units.length < 4) return 0;
  const trigrams = units.slice(2).map((unit, at) => `${units[at]!}${units[at + 1]!}${unit}`);
  const shareIn = (part: string): number =>
    trigrams.filter((trigram) => part.includes(trigram)).length / trigrams.length;
  // Most texts do not hold them at all: only in the others is the word looked for.
  return shareIn(text) < ALIKE ? 0 : Math.max(0, ...(text.match(/[\p{L}\p{N}]+/gu) ?? []).map(shareIn));
}
