import { expect, it } from 'vitest';
import { scanText } from '../../../src/corpus/scan.js';
import type { CorpusConfig, Document } from '../../../src/corpus/types.js';
import { documentsOn, FollowedFile } from '../../../src/editor/followed-file.js';
import { placeOf } from './support.js';

const corpus: CorpusConfig = {
  rules: [{ include: '*.txt' }, { include: '*.jsonl', text: 'body', id: 'uid' }, { include: '*.csv', text: 'text' }],
  exclude: [],
  unit: 'paragraph',
};

const jsonl = ['{"uid":"a","body":"Said \\"Ada\\": 🙂\\nBye."}', '', '{"uid":"b","body":"Grace \\u00e9t Alan."}'].join(
  '\n',
);
const csv = 'name,text\r\nx,"He said ""Ada"".\r\nThen Grace."\r\ny,Alan rests.\r\n';

async function read(file: FollowedFile): Promise<readonly Document[]> {
  const documents: Document[] = [];
  for await (const document of scanText(file.file, file.saved, corpus)) documents.push(document);
  expect((await file.documents()).map(({ ref }) => ref)).toEqual(documents.map(({ ref }) => ref));
  return file.documents();
}

/** What stands at a quotation's place in the text as it is now. */
function found(file: FollowedFile, text: string, document: Document, quote: string): string | undefined {
  const range = file.find(document, placeOf(document, quote));
  return range && text.slice(range.start, range.end);
}

it.each([
  ['a.txt', 'Ada met\r\nGrace 🙂.', [['Grace 🙂', 'Grace 🙂']]],
  [
    'a.jsonl',
    jsonl,
    [
      ['"Ada"', '\\"Ada\\"'],
      ['🙂\nBye', '🙂\\nBye'],
      ['ét Alan', '\\u00e9t Alan', 1],
    ],
  ],
  [
    'a.csv',
    csv,
    [
      ['"Ada"', '""Ada""'],
      ['.\nThen', '.\r\nThen'],
      ['Alan', 'Alan', 1],
    ],
  ],
] as const)('finds text of %s where it stands, before and after typing', async (name, saved, quotes) => {
  const file = new FollowedFile(name, saved, corpus);
  const documents = await read(file);
  for (const [quote, source, which = 0] of quotes) {
    const document = documents[which]!;
    expect(found(file, saved, document, quote)).toBe(source);
    const { start } = placeOf(document, quote);
    expect(file.placeAt(documents, saved.indexOf(source))).toEqual({ document, at: start });
  }
  file.change([{ offset: 0, length: 0, inserted: 3 }]);
  const text = `new${saved}`;
  for (const [quote, source, which = 0] of quotes) {
    expect(found(file, text, documents[which]!, quote)).toBe(source);
    expect(file.placeAt(documents, text.indexOf(source))?.document).toBe(documents[which]);
  }
});

it('takes several changes of one event by where they were before it', async () => {
  const saved = 'Ada and Ada and Ada.';
  const file = new FollowedFile('a.txt', saved, corpus);
  const [document] = await read(file);
  // 'Ada' becomes 'Eva M.' twice; whichever way the editor lists it.
  for (const offset of [0, 8]) expect(saved.slice(offset, offset + 3)).toBe('Ada');
  file.change([
    { offset: 0, length: 3, inserted: 6 },
    { offset: 8, length: 3, inserted: 6 },
  ]);
  const text = 'Eva M. and Eva M. and Ada.';
  file.settle(() => text);
  const last = file.find(document!, { start: 16, end: 19 });
  expect(last && text.slice(last.start, last.end)).toBe('Ada');
});

it('finds the documents of some lines, records of several lines among them', async () => {
  const documents = await read(new FollowedFile('a.csv', csv, corpus));
  const on = (first: number, last: number): number[] =>
    documentsOn(documents, first, last).map((document) => documents.indexOf(document));
  expect([on(0, 0), on(1, 1), on(2, 2), on(2, 3), on(3, 9), on(-5, 9)]).toEqual([[], [0], [0], [0, 1], [1], [0, 1]]);
});
