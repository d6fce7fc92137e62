import fc from 'fast-check';
import { parse as csvParse } from 'csv-parse/sync';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../src/corpus/scan.js';
import { withLineFeeds } from '../../../src/corpus/source-map.js';
import type { CorpusConfig, Document } from '../../../src/corpus/types.js';
import { editorLines, rawText, visibleText } from './texts.js';
import { corpus, places, scanned, workspace } from './workspace.js';

const jsonl = corpus([{ include: '*.jsonl', text: 'text', id: 'id' }]);
const csv = corpus([
  { include: '*.csv', text: 'text', id: 'id' },
  { include: '*.tsv', text: 'text', id: 'id' },
]);

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');

/** JSON with every character outside ASCII escaped, as Python writes it. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function csvField(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** What the editor shows between two positions, with its own line ends. */
function shown(content: string, from: { line: number; character: number }, to: typeof from): string {
  const bare = content.replace(/^\ufeff/, '');
  const starts = [0, ...[...bare.matchAll(/\r\n|\r|\n/g)].map(({ index, 0: end }) => index + end.length)];
  return bare.slice(starts[from.line]! + from.character, starts[to.line]! + to.character);
}

/** Checks every offset of a document against the file, by decoding what the file holds between two positions. */
function expectExact({ text, map }: Document, content: string, decode: (source: string) => string): void {
  for (let i = 0; i <= map.length; i++) expect(map.fromFile(map.toFile(i))).toBe(i);
  for (const [start, end] of [
    [0, map.length],
    [Math.floor(map.length / 3), Math.ceil((2 * map.length) / 3)],
  ] as const) {
    const source = shown(content, map.toFile(start), map.toFile(end));
    expect(withLineFeeds(decode(source))).toBe(text.slice(map.toUtf16(start), map.toUtf16(end)));
  }
}

async function expectLoadable(folder: string, config: CorpusConfig, documents: readonly Document[]): Promise<void> {
  for (const document of documents) {
    const loaded = await loadDocument(folder, config, document.ref);
    expect(loaded?.ref).toEqual(document.ref);
    expect(loaded?.text).toBe(document.text);
    expect(loaded?.map.toFile(loaded.map.length)).toEqual(document.map.toFile(document.map.length));
  }
}

describe('JSONL', () => {
  it('is exact through escapes and back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(visibleText, { minLength: 1, maxLength: 4 }),
        rawText,
        fc.boolean(),
        fc.boolean(),
        lineEnd,
        async (texts, note, ascii, mark, end) => {
          const write = ascii ? asciiJson : JSON.stringify;
          const lines = texts.map((text, id) => write({ note, meta: { text: 'no', note }, text, id }));
          const content = (mark ? '\ufeff' : '') + lines.join(end) + end;
          const folder = workspace({ 'a.jsonl': content });
          const { documents, problems } = await scanned(folder, jsonl);
          expect(problems).toEqual([]);
          expect(documents.map(({ text }) => text)).toEqual(texts.map(withLineFeeds));
          expect(documents.map(({ ref }) => [ref.id, ref.line])).toEqual(texts.map((_, i) => [`a.jsonl#${i}`, i + 1]));
          for (const document of documents)
            expectExact(document, content, (source) => JSON.parse(`"${source}"`) as string);
          await expectLoadable(folder, jsonl, documents);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds the text under a dotted path, the last of equal keys, spaces and all', async () => {
    const content =
      ' { "a" : {"b": "no", "x": [{"b": "no"}, "}"], "b" : "y\\u0065s \\"\\uD83C\\uDF88" } , "text":"no" } \n';
    const folder = workspace({ 'a.jsonl': content });
    const { documents } = await scanned(folder, corpus([{ include: 'a.jsonl', text: 'a.b' }]));
    expect(documents.map(({ text }) => text)).toEqual(['yes "🎈']);
    expectExact(documents[0]!, content, (source) => JSON.parse(`"${source}"`) as string);
  });

  it('prefers a key that itself holds the dots', async () => {
    const folder = workspace({ 'a.jsonl': '{"a":{"b":"no"},"a.b":"yes"}\n{"a":{"b.c":"yes"}}' });
    const texts = async (text: string) =>
      (await scanned(folder, corpus([{ include: 'a.jsonl', text }]))).documents[0]?.text;
    expect(await texts('a.b')).toBe('yes');
    expect(await texts('a.b.c')).toBe('yes');
  });

  it('names records by their id as written, else by their text', async () => {
    const folder = workspace({
      'a.jsonl': [
        { text: 'a', id: 'u-17' },
        { text: 'b', id: 17 },
        { text: 'c', id: '' },
        { text: 'd', id: { n: 1 } },
        { text: 'e' },
      ]
        .map((record) => JSON.stringify(record))
        .concat('{"id":12345678901234567890,"text":"f"}')
        .join('\n'),
    });
    const { documents, problems } = await scanned(folder, jsonl);
    expect(problems).toEqual([]);
    expect(documents.map(({ ref }) => ref.id)).toEqual([
      'a.jsonl#u-17',
      'a.jsonl#17',
      // First 12 hex digits of SHA-256 of "c", "d" and "e".
      'a.jsonl#2e7d2c03a950',
      'a.jsonl#18ac3e7343f0',
      'a.jsonl#3f79bb7b435b',
      'a.jsonl#12345678901234567890',
    ]);
  });

  it('reports what it cannot use with its line, and goes on', async () => {
    const bad = Buffer.from('{"text":"\xff"}', 'latin1');
    const folder = workspace({
      'a.jsonl': Buffer.concat([
        Buffer.from('{"text":"one","id":1}\r\n\r\nnot json\r\n{"body":"x"}\r\n{"text":5}\r\n[1]\r\n'),
        bad,
        Buffer.from(
          '\r\n{"text":" "}\r\n{"text":"two","id":1}\r\n{"text":"three"}\r\n{"text":"three"}\r\n{"text":"las',
        ),
      ]),
    });
    const { documents, problems } = await scanned(folder, jsonl);
    expect(documents.map(({ text }) => text)).toEqual(['one', 'three']);
    expect(places(problems)).toEqual([
      'a.jsonl:3 not-json',
      'a.jsonl:4 record-without-text',
      'a.jsonl:5 record-without-text',
      'a.jsonl:6 record-without-text',
      'a.jsonl:7 invalid-utf8',
      'a.jsonl:8 empty-record',
      'a.jsonl:9 duplicate-id',
      'a.jsonl:11 duplicate-id',
      'a.jsonl:12 not-json',
    ]);
    expect(problems.find(({ code }) => code === 'duplicate-id')?.message).toContain('line 1');
  });

  it('skips a line of more than 8 MiB, and counts on', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(9 * 1024 * 1024) });
    const folder = workspace({ 'a.jsonl': `{"text":"one"}\n${long}\n{"text":"two"}\n` });
    const { documents, problems } = await scanned(folder, jsonl);
    expect(documents.map(({ text, ref }) => [text, ref.line])).toEqual([
      ['one', 1],
      ['two', 3],
    ]);
    expect(places(problems)).toEqual(['a.jsonl:2 line-too-long']);
    await expectLoadable(folder, jsonl, documents);
  });

  it('reads records that lie across chunks', async () => {
    const records = Array.from({ length: 40 }, (_, i) => `${i} ${'🎈é'.repeat(4000 + i * 137)}`);
    const content = records.map((text) => JSON.stringify({ text })).join('\r\n');
    const folder = workspace({ 'a.jsonl': content });
    const { documents, problems } = await scanned(folder, jsonl);
    expect(problems).toEqual([]);
    expect(documents.map(({ text }) => text)).toEqual(records);
    await expectLoadable(folder, jsonl, documents);
  });

  it('counts a line end once that lies across chunks', async () => {
    const lines = (length: number) =>
      `{"text":"${'x'.repeat(length - '{"text":""}'.length)}"}\r\n{"text":"two"}\r\n{"text":"three"}`;
    for (const length of [256 * 1024 - 2, 256 * 1024 - 1, 256 * 1024]) {
      const { documents } = await scanned(workspace({ 'a.jsonl': lines(length) }), jsonl);
      expect(documents.map(({ ref }) => [ref.line, ref.start])).toEqual([
        [1, 0],
        [2, length + 2],
        [3, length + 18],
      ]);
    }
  });

  it('counts what it does not list one by one', async () => {
    const folder = workspace({ 'a.jsonl': 'x\n'.repeat(1000) });
    const { problems } = await scanned(folder, jsonl);
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)?.line).toBe(21);
    expect(problems.at(-1)?.message).toContain('980');
  });
});

describe('CSV and TSV', () => {
  it('is exact through quoting and back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(rawText, visibleText), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        lineEnd,
        async (rows, mark, tabs, end) => {
          const file = tabs ? 'a.tsv' : 'a.csv';
          const delimiter = tabs ? '\t' : ',';
          const lines = [
            ['note', 'id', 'text'],
            ...rows.map(([note, text], i) => [csvField(note), String(i), csvField(text)]),
          ].map((fields) => fields.join(delimiter));
          const content = (mark ? '\ufeff' : '') + lines.join(end) + end;
          const folder = workspace({ [file]: content });
          const { documents, problems } = await scanned(folder, csv);
          expect(problems).toEqual([]);
          expect(documents.map(({ text }) => text)).toEqual(rows.map(([, text]) => withLineFeeds(text)));
          const all = editorLines(content);
          for (const document of documents) {
            expectExact(document, content, (source) => source.replaceAll('""', '"'));
            expect(all.slice(document.ref.line - 1).join('\n')).toContain(document.text.replaceAll('"', '""'));
          }
          await expectLoadable(folder, csv, documents);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads the fields that csv-parse reads', async () => {
    const field = fc.oneof(
      fc.constantFrom('', 'a', '""', '"a,b"', '"a\nb"', '"a""b"', '"a\r\n"', 'a "b" c', ' x ', '"\t"', '日本🎈'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 6 }), async (rows) => {
        const content = ['id,other,text', ...rows.map((row, i) => [i, ...row.slice(1)].join(','))].join('\r\n');
        const expected = csvParse<{ text: string }>(content, {
          columns: true,
          relax_quotes: true,
          record_delimiter: '\r\n',
        }) as {
          text: string;
        }[];
        const { documents, problems } = await scanned(workspace({ 'a.csv': content }), csv);
        expect(documents.map(({ text }) => text)).toEqual(
          expected.map(({ text }) => withLineFeeds(text)).filter((text) => text.trim() !== ''),
        );
        expect(problems.every(({ code }) => code === 'empty-record')).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('reports a record whose quotes are not balanced at its line, and goes on below', async () => {
    const folder = workspace({
      'a.csv': 'id,text\n1,fine\n2,"not closed\n3,"fine, too"\n4,"closed"x\n5,"two\nlines"\n6,"never closed\n7,last\n',
    });
    const { documents, problems } = await scanned(folder, csv);
    expect(documents.map(({ text, ref }) => [text, ref.line])).toEqual([
      ['fine', 2],
      ['fine, too', 4],
      ['two\nlines', 6],
      ['last', 9],
    ]);
    expect(places(problems)).toEqual(['a.csv:3 not-csv', 'a.csv:5 not-csv', 'a.csv:8 not-csv']);
    await expectLoadable(folder, csv, documents);
  });

  it('comes back to the line below a quote that is not closed in the rest of a large file', async () => {
    const rows = Array.from(
      { length: 50_000 },
      (_, i) => `${i},passage number ${i} of this file${' and more of it'.repeat(14)}\n`,
    );
    rows[3] = '3,"never closed\n';
    const folder = workspace({ 'a.csv': `id,text\n${rows.join('')}` });
    const { documents, problems } = await scanned(folder, csv);
    expect(places(problems)).toEqual(['a.csv:5 not-csv']);
    expect(documents).toHaveLength(rows.length - 1);
    expect(documents.at(-1)?.ref.line).toBe(rows.length + 1);
  });

  it('reports invalid UTF-8 at its line inside a record', async () => {
    const content = Buffer.from('id,text\n1,"one\ntwo\r\ncaf\xe9"\n2,x\n', 'latin1');
    const { documents, problems } = await scanned(workspace({ 'a.csv': content }), csv);
    expect(documents.map(({ text }) => text)).toEqual(['x']);
    expect(places(problems)).toEqual(['a.csv:4 invalid-utf8']);
  });

  it('skips a record of more than 8 MiB with all its lines', async () => {
    const long = 'one line of it, "quoted"\n'.repeat(400_000).replaceAll('"', '""');
    const folder = workspace({ 'a.csv': `id,text\n1,one\n2,"${long}"\n3,three\n` });
    const { documents, problems } = await scanned(folder, csv);
    expect(places(problems)).toEqual(['a.csv:3 line-too-long']);
    expect(documents.map(({ text, ref }) => [text, ref.line])).toEqual([
      ['one', 2],
      ['three', 400_004],
    ]);
    await expectLoadable(folder, csv, documents);
  });

  it('says which columns there are when the text column is missing', async () => {
    const { documents, problems } = await scanned(workspace({ 'a.csv': 'id,body\n1,x\n' }), csv);
    expect(documents).toEqual([]);
    expect(places(problems)).toEqual(['a.csv:1 column-missing']);
    expect(problems[0]?.message).toContain('id, body');
  });

  it('goes on without the id column, but says so', async () => {
    const { documents, problems } = await scanned(workspace({ 'a.csv': 'text\nc\n' }), csv);
    expect(documents.map(({ ref }) => ref.id)).toEqual(['a.csv#2e7d2c03a950']);
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['warning column-missing']);
  });

  it('reports records with too few or too many fields', async () => {
    const { documents, problems } = await scanned(
      workspace({ 'a.csv': 'id,text,n\n1\n2,Hello, world,3\n4,x,5\n' }),
      csv,
    );
    expect(documents.map(({ text }) => text)).toEqual(['Hello', 'x']);
    expect(places(problems)).toEqual(['a.csv:2 record-without-text', 'a.csv:3 column-count']);
  });
});

describe('a record file that was edited', () => {
  it('gives no document where another stands now', async () => {
    const before = '{"text":"one","id":1}\n{"text":"two","id":2}\n';
    const folder = workspace({ 'a.jsonl': before });
    const { documents } = await scanned(folder, jsonl);
    const file = path.join(folder, 'a.jsonl');
    const load = async (content: string) => {
      writeFileSync(file, content);
      return (await loadDocument(folder, jsonl, documents[1]!.ref))?.text;
    };
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(await load(before)).toBe('two');
    expect(await load(before.replace('two', 'TWO'))).toBe('TWO');
    expect(await load(before.replace('"id":2', '"id":3'))).toBeUndefined();
    expect(await load(before.replace('one', 'once'))).toBeUndefined();
    expect(await load(before.slice(0, 30))).toBeUndefined();
    expect(await load('')).toBeUndefined();
  });

  it('gives no two records as one, and does not stumble over quotes', async () => {
    const folder = workspace({ 'a.csv': 'id,text\n1,"a\nb"\n' });
    const { documents } = await scanned(folder, csv);
    expect(documents.map(({ text }) => text)).toEqual(['a\nb']);
    for (const edited of ['id,text\n1,aa\nb,b\n', 'id,text\n1,"a\nbb\n', 'id,text\n1,"a"b""\n']) {
      writeFileSync(path.join(folder, 'a.csv'), edited);
      expect(await loadDocument(folder, csv, documents[0]!.ref)).toBeUndefined();
    }
  });

  it('gives no part of a longer record', async () => {
    const folder = workspace({ 'a.csv': 'id,text\n1,one\n2,two' });
    const { documents } = await scanned(folder, csv);
    writeFileSync(path.join(folder, 'a.csv'), 'id,text\n1,one\n2,two and more\n');
    expect(await loadDocument(folder, csv, documents[1]!.ref)).toBeUndefined();
    writeFileSync(path.join(folder, 'a.csv'), 'id,text\n1,onex2,two');
    expect(await loadDocument(folder, csv, documents[1]!.ref)).toBeUndefined();
    writeFileSync(path.join(folder, 'a.csv'), 'id,text\n1,one\n2,two and more\n');
    expect((await loadDocument(folder, csv, documents[0]!.ref))?.text).toBe('one');
  });
});
