import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FollowedFile } from '../../../src/editor/followed-file.js';
import { editedDocuments } from '../../../src/editor/edited-documents.js';
import { movesOf } from '../../../src/editor/moved-lines.js';
import { hunksBetween } from '../../../src/editor/text-edits.js';
import { anchor } from '../../../src/labels/anchors.js';
import { sha16, type Annotation } from '../../../src/labels/annotation.js';
import { textOf } from '../../../src/labels/create.js';
import { addEntity, answer, addRelation, reject, setClass, type Draft } from '../../../src/labels/edits.js';
import type { CorpusConfig, Document } from '../../../src/corpus/types.js';
import { placeOf, project } from './support.js';

const corpus: CorpusConfig = {
  rules: [{ include: '*.txt' }, { include: '*.jsonl', text: 'body' }],
  exclude: [],
  unit: 'paragraph',
};

/** Replacements in a text, one after the other, as typing tells them. */
type Typed = readonly [from: string, to: string];

/** A file as it was saved, with what was typed since, and as it is saved then. */
function edit(name: string, saved: string, typing: readonly Typed[]): { before: FollowedFile; after: FollowedFile } {
  const before = new FollowedFile(name, saved, corpus);
  let text = saved;
  for (const [from, to] of typing) {
    const offset = text.indexOf(from);
    expect(offset).toBeGreaterThanOrEqual(0);
    before.change([{ offset, length: from.length, inserted: to.length }]);
    text = text.slice(0, offset) + to + text.slice(offset + from.length);
  }
  before.settle(() => text);
  return { before, after: new FollowedFile(name, text, corpus) };
}

function draft(source: Document, lines: readonly Annotation[] = []): Draft {
  return { source, project, lines, by: 'me', at: new Date(0), taken: () => false };
}
const person = (document: Document, quote: string): Annotation =>
  addEntity(draft(document), 'Person', [placeOf(document, quote)]).put[0]!;

interface Outcome {
  readonly moved: readonly Annotation[];
  readonly lost: readonly Annotation[];
}

async function outcome(
  name: string,
  saved: string,
  typing: readonly Typed[],
  label: (documents: readonly Document[]) => readonly Annotation[],
): Promise<Outcome & { after: readonly Document[] }> {
  const { before, after } = edit(name, saved, typing);
  const lines = label(await before.documents());
  const all = (await editedDocuments(before, after)).map((edited) =>
    movesOf(
      lines.filter(({ doc }) => doc === edited.before.ref.id),
      edited,
      'paragraph',
    ),
  );
  return {
    moved: all.flatMap(({ moved }) => moved.map(({ to }) => to)),
    lost: all.flatMap(({ lost }) => lost),
    after: await after.documents(),
  };
}

const text = 'Ada 🙂 met Grace.\r\n\r\nAlan rests.';

describe('entities', () => {
  it.each<[string, Typed, string | undefined]>([
    ['stand where their text went', ['Ada', 'Then 🙂🙂 Ada'], 'Grace'],
    ['take in what is typed inside', ['Grace', 'Gr-ace'], 'Gr-ace'],
    ['are found in what was put in for them', ['met Grace', 'saw Alan and met Grace'], 'Grace'],
    ['shrink to what is left', ['met Gr', ''], 'ace'],
    ['are lost with their text', ['met Grace', 'was alone'], undefined],
  ])('%s', async (_, typed, quote) => {
    const { moved, lost, after } = await outcome('a.txt', text, [typed], ([document]) => [person(document!, 'Grace')]);
    expect(moved.map((line) => line.type === 'entity' && line.spans[0]!.text)).toEqual(
      quote === undefined ? [] : [quote],
    );
    expect(lost).toHaveLength(quote === undefined ? 1 : 0);
    for (const line of moved) expect(anchor(line, after[0]!).state).toBe('exact');
  });

  it('are not written again where nothing of them changed', async () => {
    const { moved, lost } = await outcome('a.txt', text, [['rests', 'sleeps']], ([document]) => [
      person(document!, 'Ada'),
      person(document!, 'Alan'),
    ]);
    expect([moved, lost]).toEqual([[], []]);
  });

  it('keep id, date and what this version does not know', async () => {
    const { moved } = await outcome('a.txt', text, [['Ada', 'Oh, Ada']], ([document]) => [
      { ...person(document!, 'Grace'), mood: 'good' },
    ]);
    expect(moved).toMatchObject([{ at: '1970-01-01T00:00:00Z', mood: 'good' }]);
  });

  it('stand at their text whatever is typed', async () => {
    const letters = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '🙂'), maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(60), fc.nat(8), letters), { maxLength: 6 }), async (typing) => {
        const saved = 'One [Ada] two [Grace] three.\n\nFour [Alan] five.';
        const before = new FollowedFile('a.txt', saved, corpus);
        let now = saved;
        for (const [at, most, inserted] of typing) {
          const offset = Math.min(at, now.length);
          const length = Math.min(most, now.length - offset);
          // Half a surrogate pair cannot be typed over.
          if (/[\udc00-\udfff]/.test((now[offset] ?? '') + (now[offset + length] ?? ''))) continue;
          before.change([{ offset, length, inserted: inserted.length }]);
          now = now.slice(0, offset) + inserted + now.slice(offset + length);
        }
        before.settle(() => now);
        const [document] = await before.documents();
        const lines = ['[Ada]', '[Grace]', '[Alan]'].map((quote) => person(document!, quote));
        for (const edited of await editedDocuments(before, new FollowedFile('a.txt', now, corpus))) {
          const { moved, lost } = movesOf(lines, edited, 'paragraph');
          for (const { to } of moved) expect(anchor(to, edited.after!).state).toBe('exact');
          for (const line of lines) {
            const quote = line.type === 'entity' ? line.spans[0]!.text : '';
            const to = moved.find(({ from }) => from === line)?.to ?? (lost.includes(line) ? undefined : line);
            // What still stands whole was not touched: it is never given up, nor taken for something else.
            if (now.includes(quote) && to?.type === 'entity') expect(to.spans[0]!.text).toContain(quote);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the rest', () => {
  it('goes with its passage as long as that is one passage, or its text is there', async () => {
    const label = ([document]: readonly Document[]): Annotation[] => {
      const [first, second] = ['Ada 🙂 met Grace.', 'Alan rests.'].map((quote) => placeOf(document!, quote));
      return [
        ...setClass(draft(document!), 'tone', 'neutral', first!).put,
        ...answer(draft(document!), second!, 'accept').put,
      ];
    };
    const typed = await outcome('a.txt', text, [['rests.', 'rests now. Well.']], label);
    expect(typed.lost).toEqual([]);
    expect(typed.moved).toMatchObject([{ type: 'review', sha: sha16('Alan rests now. Well.') }]);
    const joined = await outcome('a.txt', text, [['\r\n\r\n', ' ']], label);
    expect([joined.moved.map(({ type }) => type), joined.lost]).toEqual([['review'], []]);
    const split = await outcome('a.txt', text, [[' met', '\r\n\r\nmet']], label);
    expect([split.moved.map(({ type }) => type), split.lost.map(({ type }) => type)]).toEqual([['review'], ['class']]);
  });

  it('goes with its record under the new name that its text gives it', async () => {
    const jsonl = '{"body":"Ada works for \\"Acme\\"."}\n{"body":"Alan rests."}\n';
    const label = ([document]: readonly Document[]): Annotation[] => {
      const lines = [
        person(document!, 'Ada'),
        ...addEntity(draft(document!), 'Organisation', [placeOf(document!, '"Acme"')]).put,
      ];
      return [
        ...lines,
        ...addRelation(draft(document!, lines), 'worksFor', lines[0]!.id, lines[1]!.id).put,
        ...reject(draft(document!), { of: 'entity', label: 'Person', spans: [placeOf(document!, 'works')] }).put,
      ];
    };
    const { moved, lost, after } = await outcome('a.jsonl', jsonl, [['Ada', 'Then Ada']], label);
    expect(lost).toEqual([]);
    expect(new Set(moved.map(({ doc }) => doc))).toEqual(new Set([after[0]!.ref.id]));
    expect(moved.map((line) => (line.type === 'relation' ? line.type : textOf(after[0]!, line.spans![0]!)))).toEqual([
      'Ada',
      '"Acme"',
      'relation',
      'works',
    ]);
    const removed = await outcome('a.jsonl', jsonl, [[jsonl.split('\n')[0]! + '\n', '']], label);
    expect([removed.moved, removed.lost.length]).toEqual([[], 4]);
  });

  it('finds its place when all that is known is the text before and after', async () => {
    const saved = 'Ada met Grace.';
    const now = 'Then Ada met Grace, at last.';
    const before = new FollowedFile('a.txt', saved, corpus, hunksBetween(saved, now));
    const [document] = await before.documents();
    const [edited] = await editedDocuments(before, new FollowedFile('a.txt', now, corpus));
    expect(movesOf([person(document!, 'Grace')], edited!, 'paragraph').lost).toHaveLength(0);
  });
});
