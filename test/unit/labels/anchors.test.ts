import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchor } from '../../../src/labels/anchors.js';
import type { Anchoring } from '../../../src/labels/anchors.js';
import type { Annotation } from '../../../src/labels/annotation.js';
import { classLabel, entity, rejection, relation, review, textOf } from '../../../src/labels/create.js';
import type { Source } from '../../../src/labels/create.js';
import { documentOf } from './helpers.js';

const signature = { by: 'mei', at: new Date('2026-11-23T10:00:00Z') };

function rangeOf(source: Source, quote: string, nth = 0): { start: number; end: number } {
  let at = source.text.indexOf(quote);
  for (let i = 0; i < nth; i++) at = source.text.indexOf(quote, at + 1);
  const start = source.map.toCodePoint(at);
  return { start, end: start + Array.from(quote).length };
}

function entityOf(text: string, quotes: string[], nth = 0): Annotation {
  const source = documentOf(text);
  return entity(
    source,
    'X',
    quotes.map((quote) => rangeOf(source, quote, nth)),
    signature,
  );
}

/** What the annotation is on in a text: 'exact', the quoted texts at their place, or the reason why it is stale. */
function found(annotation: Annotation, text: string): string {
  const source = documentOf(text);
  const result = anchor(annotation, source);
  if (result.state === 'exact') return 'exact';
  if (result.state === 'stale') return result.reason;
  return result.spans.map((span) => `${span.start}:${textOf(source, span)}`).join(' ');
}

describe('an entity', () => {
  const text = '😀 When Ada Lovelace met Babbage in London, it rained. Ada was wet.';

  it('is exact where its text is, whatever is around it', () => {
    expect(found(entityOf(text, ['Ada Lovelace']), text)).toBe('exact');
    expect(found(entityOf(text, ['Ada Lovelace']), '-- --- Ada Lovelace!')).toBe('exact');
  });

  it.each([
    ['text is put before', `More. ${text}`, '13:Ada Lovelace'],
    ['text is taken away before', text.slice(3), '5:Ada Lovelace'],
    ['an emoji is put before', `👩‍👩‍👧${text}`, '12:Ada Lovelace'],
    ['the text after is rewritten', `Yes. ${text.slice(0, 24)}!`, '12:Ada Lovelace'],
    ['it occurs again elsewhere', `Ada Lovelace. ${text}`, '21:Ada Lovelace'],
    ['it alone is left', '(Ada Lovelace)', "'Ada Lovelace' occurs, but in other surroundings"],
    ['it is changed', text.replace('Lovelace', 'Byron'), "'Ada Lovelace' is no longer there"],
    ['the text is gone', '', "'Ada Lovelace' is no longer there"],
    ['it is there twice alike', ` ${text}\n${text}`, "'Ada Lovelace' occurs 2 times, and more than one place fits"],
  ])('where %s', (_, now, expected) => {
    expect(found(entityOf(text, ['Ada Lovelace']), now)).toBe(expected);
  });

  it('that is short is not taken for another of its kind', () => {
    const annotation = entityOf('He went to Bath in the rain.', ['Bath']);
    expect(found(annotation, 'She had a Bath. Then she sold it.')).toBe("'Bath' occurs, but in other surroundings");
  });

  it('that is long is known by itself', () => {
    const annotation = entityOf('In the Royal Society for Birds it rained.', ['Royal Society for Birds']);
    expect(found(annotation, 'Our Royal Society for Birds meets.')).toBe('4:Royal Society for Birds');
  });

  it('of several spans is found where all are', () => {
    const annotation = entityOf(text, ['Ada', 'Babbage']);
    expect(found(annotation, `Oh. ${text}`)).toBe('11:Ada 28:Babbage');
    expect(found(annotation, `Oh. ${text.replace('met', 'meets')}`)).toBe("'Ada … Babbage' is no longer there");
  });

  it('past the end of the text is found before it, or stale', () => {
    const annotation = entityOf(text, ['wet']);
    expect(found(annotation, text.slice(3))).toBe('60:wet');
    expect(found(annotation, 'w')).toBe("'wet' is no longer there");
  });

  it('is found again wherever text of other letters is put in, and never anywhere else', () => {
    const words = fc.array(fc.constantFrom('ada', 'bob', '😀', 'cé', '李'), { minLength: 3, maxLength: 12 });
    const noise = fc.string({ unit: fc.constantFrom('.', '!', '👩‍👩‍👧', '\n'), maxLength: 10 });
    fc.assert(
      fc.property(words, fc.nat(), noise, noise, (parts, pick, before, after) => {
        const old = parts.join(' ');
        const source = documentOf(old);
        const index = pick % parts.length;
        const start = Array.from(
          parts
            .slice(0, index)
            .map((part) => `${part} `)
            .join(''),
        ).length;
        const span = { start, end: start + Array.from(parts[index]!).length };
        const annotation = entity(source, 'X', [span], signature);
        const result = anchor(annotation, documentOf(`${before}${old}${after}`));
        const expected = span.start + Array.from(before).length;
        if (result.state === 'moved')
          expect(result.spans).toEqual([{ start: expected, end: expected + span.end - span.start }]);
        if (result.state === 'exact') expect(textOf(documentOf(`${before}${old}`), span)).toBe(parts[index]);
        // Enough context that no other place has: it must be found.
        const unique = parts.filter((part) => part === parts[index]).length === 1;
        if (unique && old.length >= 20) expect(result.state).not.toBe('stale');
      }),
      { numRuns: 500 },
    );
  });
});

describe('a passage', () => {
  const text = 'One paragraph, with several words in it.\n\nAnother one 😀 of words.\n\nThe end.';
  const source = documentOf(text);
  const at = (quote: string) => rangeOf(source, quote);
  const of = (quote: string): Annotation[] => [
    review(source, at(quote), 'accept', [], undefined, signature),
    classLabel(source, 'tone', 'x', at(quote), false, signature),
  ];
  const second = 'Another one 😀 of words.';

  it.each([
    ['nothing changed', text, 'exact'],
    ['something else changed', text.replace('The end', 'Le fin'), 'exact'],
    ['text is put before', `😀😀 ${text}`, `45:${second}`],
    [
      'it was changed',
      text.replace('of words', 'of letters'),
      "the passage that begins 'Another one 😀 of words.' is no longer there",
    ],
    [
      'its end was changed',
      text.replace('words.\n\nThe', 'words?\n\nThe'),
      "the passage that begins 'Another one 😀 of words.' is no longer there",
    ],
    ['it is gone', '', "the passage that begins 'Another one 😀 of words.' is no longer there"],
    [
      'it is there twice',
      `\n${text}\n\n${second}`,
      "the passage that begins 'Another one 😀 of words.' occurs 2 times",
    ],
  ])('where %s', (_, now, expected) => {
    for (const annotation of of(second)) expect(found(annotation, now)).toBe(expected);
  });

  it('is known to have changed inside where its beginning still stands', () => {
    const [line] = of('One paragraph, with several words in it.');
    expect(found(line!, text.replace('in it', 'on it'))).toBe(
      "the passage that begins 'One paragraph, with seve' was changed",
    );
  });
});

describe('a rejection', () => {
  const text = 'Babage wrote to Babage Company.';
  const source = documentOf(text);

  it('of an entity stands where its text is', () => {
    const line = rejection(source, { of: 'entity', label: 'X', spans: [rangeOf(source, 'Babage Company')] }, signature);
    expect(found(line, text)).toBe('exact');
    expect(found(line, 'He wrote to Babage Company.')).toBe('12:Babage Company');
    expect(found(line, 'Babage Company, that is Babage Company.')).toContain('more than one place fits');
    const short = rejection(source, { of: 'entity', label: 'X', spans: [rangeOf(source, 'Babage')] }, signature);
    expect(found(short, 'O Babage!')).toContain('in other surroundings');
  });

  it('of a class stands while its passage is inside the text', () => {
    const line = rejection(
      source,
      { of: 'class', label: 'tone', value: 'x', passage: rangeOf(source, text) },
      signature,
    );
    expect(found(line, text)).toBe('exact');
    expect(found(line, text.slice(1))).toContain('past the end');
  });

  it('of a relation, and a relation, stand with their ends', () => {
    const both: Annotation[] = [
      rejection(source, { of: 'relation', label: 'r', head: 'a', tail: 'b' }, signature),
      relation(source, 'r', 'a', 'b', signature),
    ];
    for (const line of both) expect(anchor(line, documentOf(''))).toEqual<Anchoring>({ state: 'exact' });
  });
});
