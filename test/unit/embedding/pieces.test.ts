import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPieceEncoder } from '../../../src/embedding/pieces.js';
import { stagesOf } from '../../../src/embedding/tokenizer.js';
import { buildTokenizer, printableBytes, TOKENIZERS } from '../../fixtures/tokenizers/build.js';
import { HARD_TEXTS, SAMPLE } from '../../fixtures/tokenizers/sample.js';

const texts = [...HARD_TEXTS, ...SAMPLE.split('\n'), SAMPLE];
const BYTES = printableBytes();
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.array(fc.constantFrom(...HARD_TEXTS, ...SAMPLE.split(/(?<=\s)/)), { maxLength: 6 }).map((parts) => parts.join('')),
  fc
    .array(
      fc.constantFrom(
        'a',
        'É',
        'e\u0301',
        'ﬁ',
        '\u0301',
        '\u200d',
        ' ',
        '\n',
        '▁',
        '中',
        '👩',
        '🏽',
        'İ',
        'Σ',
        '한',
        'ᄒ',
        'ｶ',
        'ﾞ',
        '-',
        '\ud83d',
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join('')),
);

/** The text of a piece without the marks of its vocabulary; '' for special, unknown and partial ones. */
function surfaceOf(piece: string, byteLevel: boolean): string {
  if (/^(<.*>|\[.*\])$/.test(piece)) return '';
  if (!byteLevel) return piece.replace(/^##(?=.)/, '');
  const bytes = Array.from(piece, (character) => BYTES.indexOf(character));
  const text = new TextDecoder().decode(Uint8Array.from(bytes));
  return text.includes('\uFFFD') ? '' : text;
}

/** What is left of a text whatever a normaliser does to it. */
function comparable(text: string): string {
  const plain = text.normalize('NFKD').replace(/[\s▁\p{M}\p{C}\uFFFD]/gu, '');
  return plain.toLowerCase().replaceAll('ς', 'σ').replaceAll('ß', 'ss');
}

describe.each(TOKENIZERS)('pieces of %s', async (name) => {
  const tokenizer = await buildTokenizer(name);
  const stages = stagesOf(tokenizer);
  const encode = createPieceEncoder(stages);
  const wholeTextIds = (text: string): number[] => tokenizer.encode(text);
  const checkOrder = (text: string): void => {
    const { ids, ranges } = encode(text);
    expect([...stages.prefix, ...ids, ...stages.suffix]).toEqual(wholeTextIds(text));
    expect(ranges).toHaveLength(ids.length);
    let before = { start: 0, end: 0 };
    for (const range of ranges) {
      expect(range.start).toBeGreaterThanOrEqual(before.start);
      expect(range.end).toBeGreaterThanOrEqual(Math.max(before.end, range.start));
      expect(range.end).toBeLessThanOrEqual(text.length);
      before = range;
    }
  };

  it('has the ids of whole-text tokenisation, and stretches in order', () => {
    texts.forEach(checkOrder);
    fc.assert(fc.property(anyText, checkOrder), { numRuns: 400 });
  });

  const checkStretches = (text: string): void => {
    const { ids, ranges } = encode(text);
    const covered = new Set<number>();
    ranges.forEach(({ start, end }, i) => {
      for (let at = start; at < end; at++) covered.add(at);
      const piece = tokenizer._tokenizer.id_to_token(ids[i] ?? -1) ?? '';
      const surface = comparable(surfaceOf(piece, stages.byteLevel));
      if (surface === '') return;
      const slice = comparable(text.slice(start, end));
      const shared = (ranges[i - 1]?.end ?? 0) > start || (ranges[i + 1]?.start ?? text.length) < end;
      if (shared) expect(slice).toContain(surface);
      else expect(slice).toBe(surface);
    });
    for (const { index, 0: character } of text.matchAll(/[\p{L}\p{N}\p{P}\p{S}]/gu)) {
      // U+FFFD and ▁ are removed or read as white space by some normalisers.
      if (!/[\uFFFD▁]/.test(character)) expect(covered, `${character} at ${index}`).toContain(index);
    }
  };

  it('gives each piece the stretch that it spells, and leaves no character out', () => {
    texts.forEach(checkStretches);
    fc.assert(fc.property(anyText, checkStretches), { numRuns: 400 });
  });

  it('leaves white space at the ends of a piece out', () => {
    const text = 'The ferry to  the\tisland';
    const { ranges } = encode(text);
    const visible = ranges.map(({ start, end }) => text.slice(start, end)).filter((slice) => /\S/.test(slice));
    expect(visible.filter((slice) => slice !== slice.trim())).toEqual([]);
    expect(visible.join('')).toBe('Theferrytotheisland');
  });
});
