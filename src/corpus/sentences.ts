import {
  BEFORE_NUMBERS,
  CONTINUING,
  EXCLAIMING_NAMES,
  GERMAN_MONTHS,
  LETTERED,
  OFTEN_BEFORE_NAMES,
  REFERENCES,
  SPEECH_VERBS,
  STARTERS,
  TIME_WORDS,
  TITLES,
} from './abbreviations.js';
import { MARK } from './prose.js';
import type { Range } from './types.js';

/**
 * The sentences of a paragraph, trimmed, in UTF-16 units: made for English, sound for the full stops, question and
 * exclamation marks of every script (Unicode's Sentence_Terminal). Line feeds count as spaces, except before the marker
 * of a list's item.
 *
 * `Intl.Segmenter` is not asked: it knows no abbreviations (CLDR's suppressions cannot be switched on from JavaScript),
 * and what it finds changes with the ICU of the runtime, while the passages of a text should be the same in the
 * editor, in its engine, on the command line and in the panel.
 */
export function sentencesOf(text: string): Range[] {
  const sentences: Range[] = [];
  let start = 0;
  const end = (at: number): void => {
    const piece = text.slice(start, at);
    const first = start + piece.length - piece.trimStart().length;
    const last = start + piece.trimEnd().length;
    if (last > first) sentences.push({ start: first, end: last });
    start = at;
  };
  const isLowerCased = /^\P{L}*\p{Ll}/u.test(text);

  for (const match of text.matchAll(candidates)) {
    const { index } = match;
    const { lineFeed, run, closers = '' } = match.groups ?? {};
    const at = index + match[0].length;
    if (lineFeed !== undefined) {
      if (listItem.test(text.slice(at, at + REACH))) end(at);
    } else if (run !== undefined) {
      const before = text.slice(Math.max(start, index - REACH), index);
      const after = text.slice(at, at + REACH);
      if (endsSentence({ before, run, closers, after, isLowerCased })) end(at);
    }
  }
  end(text.length);
  return sentences;
}

/** Characters around a possible end that are looked at. */
const REACH = 400;

const CLOSERS = `["'”’»›)\\]}）］】〕〉》」』*_${MARK}]`;
const EMOJI =
  '(?:\\p{Extended_Pictographic}|\\p{Regional_Indicator})[\\p{Extended_Pictographic}\\p{EMod}\\ufe0f\\u200d]*';

/** Where a sentence may end: at terminators with what belongs to them, and at line feeds. */
const candidates = new RegExp(
  '(?<lineFeed>\\n)|' +
    '(?<run>\\.(?: \\.){2,}|[\\p{Sentence_Terminal}…]+)' +
    `(?<closers>${CLOSERS}*)` +
    // Footnote references, and emoji that end the sentence as punctuation does.
    '(?:\\[\\d+(?:[,–-] ?\\d+)*\\]|[¹²³⁰⁴-⁹])*' +
    `(?:[ \\t]*(?:${EMOJI})+(?=\\s|$))*`,
  'gu',
);

/** The beginning of a line that is an item of a list. */
const listItem = /^[ \t]*(?:[-*•‣◦]|\(?\d{1,3}[.)]|\(?\p{Ll}[.)])\s+\S/u;

interface Candidate {
  /** The sentence so far, or its end. */
  readonly before: string;
  readonly run: string;
  readonly closers: string;
  readonly after: string;
  /** The text begins in lower case, so its sentences may too. */
  readonly isLowerCased: boolean;
}

function endsSentence(candidate: Candidate): boolean {
  const { before, run, closers, after } = candidate;
  const rest = after.replace(leading, '');
  if (rest === '') return true;
  if (isInsideBrackets(before, closers + after)) return false;

  const last = run.at(-1)!;
  const isSpaced = /^\s/.test(after);
  if (!/[.!?…]/.test(last)) return closers === '' || isSpaced || !quotationGoesOn.test(after);
  if (!isSpaced) return false;

  const word = lastWord(before);
  const isLower = /^\p{Ll}(?!\p{Lu})/u.test(rest);
  if (/^(?:…|[.… ]{2,})$/.test(run)) return !isLower && !repeats(word, rest);
  if (run === '.') return isFullStop(candidate, word, rest, isLower);
  if (EXCLAIMING_NAMES.has(word) && closers === '') return STARTERS.has(firstWord(rest));
  return !(/["'”’»]/.test(closers) && (isLower || isAttribution(rest)));
}

/** What may stand between a sentence's end and the first word of the next. */
const leading = new RegExp(`^[\\s"'“”‘’«»‹›(\\[{（「『【—–\\-*_¿¡•${MARK}]+`, 'u');

/** Japanese particles and Chinese verbs of speech go on with the sentence that holds a quotation. */
const quotationGoesOn = /^(?:と|って|、|，|,|[他她我你您]?们?(?:说|說|问|問|道|喊|回答))/u;

const attribution = new RegExp(`^(?:\\p{Lu}[\\p{L}'’.-]*\\s+){1,3}(?:${SPEECH_VERBS})\\b`, 'u');

function isAttribution(rest: string): boolean {
  const subject = firstWord(rest);
  return attribution.test(rest) && (!STARTERS.has(subject) || /^(?:He|I|It|She|They|We|You)$/.test(subject));
}

/** Whether a single full stop ends a sentence. `word` is what stands before it, `rest` what follows. */
function isFullStop(
  { before, closers, isLowerCased }: Candidate,
  word: string,
  rest: string,
  isLower: boolean,
): boolean {
  // A bracket or quotation that the stop closes shields it from the rules for abbreviations.
  if (closers !== '' && /[^*_\u2060]/.test(closers)) return !isLower;
  const isFirst = before.replace(leading, '') === word;
  const next = firstWord(rest);
  const isNumber = /^[\d§]/.test(rest);
  const isStarter = STARTERS.has(next);

  if (isFirst && enumerator.test(word)) return false;
  if (CONTINUING.has(word)) return false;
  if (isLower) return isLowerCased && !isAbbreviation(word);
  if (TITLES.has(word)) return false;
  if (REFERENCES.has(word)) {
    if (isNumber) return false;
    const isNo = /^no$/i.test(word);
    if (!isNo && /^(?:[ivxlc]+|[IVXLC]{2,}|[A-HJ-Z])\b/.test(rest)) return false;
    if (!OFTEN_BEFORE_NAMES.has(word) && !single.test(word)) return true;
  }
  if (BEFORE_NUMBERS.has(word))
    return !(isNumber && (/^\p{Lu}/u.test(word) || /\d\s*$/.test(before.slice(0, -word.length))));
  if (/^[ap]\.m$/i.test(word)) return !isNumber && !TIME_WORDS.has(next) && !onlyTime.test(before);
  if (dotted.test(word) || OFTEN_BEFORE_NAMES.has(word)) return isStarter;
  if (single.test(word)) return endsAtLetter(before, word, rest, isStarter);
  if (/^\d{1,2}$/.test(word) && GERMAN_MONTHS.has(next)) return false;
  return true;
}

/** "By 8 a.m. Mr. Renn had left": what stands before is no sentence. */
const onlyTime = /^\s*(?:About|After|Around|At|Before|By|Since|Until)\s+[\d.:]+\s*[ap]\.m$/i;

/** "1", "2.3", "a", "iv" at the beginning of a sentence number it. */
const enumerator = /^(?:\d{1,3}(?:\.\d{1,3})*|\p{L}|[ivxlc]+|[IVXLC]+)$/u;

/** "U.S", "Ph.D", "M.V", "B.Sc". */
const dotted = /^(?:\p{L}{1,2}\.)+\p{L}{1,3}$/u;

const single = /^\p{L}$/u;

function isAbbreviation(word: string): boolean {
  return (
    [TITLES, REFERENCES, BEFORE_NUMBERS, OFTEN_BEFORE_NAMES].some((list) => list.has(word)) ||
    dotted.test(word) ||
    single.test(word) ||
    word === 'etc'
  );
}

/** A single letter is an initial, unless it is named by a noun ("plan B.") or a sentence clearly begins. */
function endsAtLetter(before: string, letter: string, rest: string, isStarter: boolean): boolean {
  if (/^\p{Lu}\./u.test(rest)) return false;
  if (letter !== letter.toUpperCase() || letter === letter.toLowerCase()) return letter !== 'z';
  const previous = lastWord(before.slice(0, -letter.length));
  if (LETTERED.has(previous.toLowerCase())) return true;
  return isStarter || (letter === 'I' && !/^\p{Lu}/u.test(previous));
}

/** The word that ends a text: without quotes, brackets and markup before it. */
function lastWord(text: string): string {
  const token = /\S+\s*$/.exec(text)?.[0].trim() ?? '';
  return token
    .replaceAll(MARK, '')
    .replace(/^.*["'“‘«([{—–/*_¿¡:;-](?=.)/u, '')
    .replace(/\.$/, '');
}

function firstWord(text: string): string {
  return /^[\p{L}\p{M}\p{N}]+(?:['’]\p{L}+)?/u.exec(text)?.[0].replace('’', "'") ?? '';
}

/** "I... I don't know": the word before the ellipsis comes again. */
function repeats(word: string, rest: string): boolean {
  return word !== '' && firstWord(rest).split("'")[0]!.toLowerCase() === word.toLowerCase();
}

const BRACKETS = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
  ['）', '（'],
  ['】', '【'],
]);
const OPENING = new Set(BRACKETS.values());

/** Whether a bracket that opened in the middle of the sentence is still open, and is closed in what follows. */
function isInsideBrackets(before: string, after: string): boolean {
  const open: { bracket: string; at: number }[] = [];
  for (const { index, 0: bracket } of before.matchAll(/[()[\]{}（）【】]/g)) {
    if (OPENING.has(bracket)) open.push({ bracket, at: index });
    else if (open.at(-1)?.bracket === BRACKETS.get(bracket)) open.pop();
  }
  const begins = before.length - before.replace(leading, '').length;
  const inner = open.findLast(({ at }) => at >= begins);
  if (inner === undefined) return false;
  let depth = 0;
  for (const { 0: bracket } of after.matchAll(/[()[\]{}（）【】]/g)) {
    if (bracket === inner.bracket) depth++;
    else if (BRACKETS.get(bracket) === inner.bracket && depth-- === 0) return true;
  }
  return false;
}
