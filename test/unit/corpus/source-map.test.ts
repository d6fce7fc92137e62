import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordMap, textMap, withLineFeeds } from '../../../src/corpus/source-map.js';
import type { SourceMap } from '../../../src/corpus/types.js';
import { editorLines, rawText } from './texts.js';

function points(map: SourceMap): number[] {
  return Array.from({ length: map.length + 1 }, (_, i) => i);
}

describe('code points and UTF-16', () => {
  it('agree with JavaScript, in both directions', () => {
    fc.assert(
      fc.property(rawText, (text) => {
        const map = textMap(text);
        const characters = Array.from(text);
        expect(map.length).toBe(characters.length);
        let utf16 = 0;
        characters.forEach((character, i) => {
          expect(map.toUtf16(i)).toBe(utf16);
          expect(map.toCodePoint(utf16)).toBe(i);
          if (character.length === 2) expect(map.toCodePoint(utf16 + 1)).toBe(i);
          utf16 += character.length;
        });
        expect(map.toUtf16(characters.length)).toBe(text.length);
        expect(map.toCodePoint(text.length)).toBe(characters.length);
      }),
    );
  });

  it('are clamped to the document', () => {
    const map = textMap('a🎈b');
    expect([map.toUtf16(-1), map.toUtf16(99)]).toEqual([0, 4]);
    expect([map.toCodePoint(-1), map.toCodePoint(99)]).toEqual([0, 3]);
  });

  it('count lone surrogates as characters', () => {
    const map = textMap('\udc00\ud83d a \ud83c\udf88\ud83d');
    expect(map.length).toBe(7);
    expect(points(map).map((i) => map.toUtf16(i))).toEqual([0, 1, 2, 3, 4, 5, 7, 8]);
  });
});

describe('positions in a text file', () => {
  it('round-trip, and stand where the editor shows the character', () => {
    fc.assert(
      fc.property(rawText, (raw) => {
        const text = withLineFeeds(raw);
        const map = textMap(text);
        const lines = editorLines(raw.replace(/^\ufeff/, '\ufeff\ufeff'));
        for (const i of points(map)) {
          const position = map.toFile(i);
          expect(map.fromFile(position)).toBe(i);
          const line = lines[position.line]!;
          const character = Array.from(text)[i];
          if (character === '\n' || character === undefined) expect(position.character).toBe(line.length);
          else expect(line.startsWith(character, position.character)).toBe(true);
        }
      }),
    );
  });

  it('clamp a character past the end of its line', () => {
    const map = textMap('ab\ncd');
    expect(map.fromFile({ line: 0, character: 99 })).toBe(2);
    expect(map.fromFile({ line: 0, character: -1 })).toBe(0);
    expect(map.fromFile({ line: 2, character: 0 })).toBeUndefined();
    expect(map.fromFile({ line: -1, character: 0 })).toBeUndefined();
  });
});

describe('positions in a record', () => {
  it('outside the text are undefined, inside an escape are its beginning', () => {
    const source = '{"n":1,"text":"a\\u00e9b"}';
    const map = recordMap('aéb', () => ({
      source,
      line: 7,
      value: { start: 15, end: 23 },
      respellings: [{ text: 1, source: 16, length: 6 }],
    }));
    expect(points(map).map((i) => map.toFile(i))).toEqual(
      [15, 16, 22, 23].map((character) => ({ line: 7, character })),
    );
    expect(map.fromFile({ line: 7, character: 19 })).toBe(1);
    expect(map.fromFile({ line: 7, character: 14 })).toBeUndefined();
    expect(map.fromFile({ line: 7, character: 24 })).toBeUndefined();
    expect(map.fromFile({ line: 6, character: 16 })).toBeUndefined();
    expect(map.fromFile({ line: 8, character: 16 })).toBeUndefined();
  });

  it('are placed only when asked for, and once', () => {
    let calls = 0;
    const map = recordMap('a', () => {
      calls++;
      return { source: 'a', line: 0, value: { start: 0, end: 1 }, respellings: [] };
    });
    expect(map.toUtf16(1)).toBe(1);
    expect(calls).toBe(0);
    map.toFile(0);
    map.fromFile({ line: 0, character: 0 });
    expect(calls).toBe(1);
  });
});
