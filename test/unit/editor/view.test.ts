import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addEntity,
  addRelation,
  answer,
  reject,
  setClass,
  toggleFlag,
  type Draft,
  type Edit,
} from '../../../src/labels/edits.js';
import type { Annotation } from '../../../src/labels/annotation.js';
import type { Document, Range } from '../../../src/corpus/types.js';
import { passageView, toCodePoints, windowOf, type Lines } from '../../../src/editor/view.js';
import { documentOf, placeOf, project, queuedPassage } from './support.js';

function labelled(document: Document, by: string, ...steps: ((draft: Draft) => Edit)[]): Annotation[] {
  let lines: Annotation[] = [];
  for (const step of steps) {
    const edit = step({
      source: document,
      project,
      lines,
      by,
      at: new Date(0),
      taken: (id) => lines.some((line) => line.id === id),
    });
    const gone = new Set([...edit.remove, ...edit.put.map(({ id }) => id)]);
    lines = [...lines.filter(({ id }) => !gone.has(id)), ...edit.put];
  }
  return lines;
}

const none: Lines = { own: [], others: [] };

describe('the view of a passage', () => {
  const document = documentOf('Before 🙂.\n\nAda 👩‍🔬 works for Babbage & Co. She is paid.\n\nAfter.');
  const passage = placeOf(document, 'Ada 👩‍🔬 works for Babbage & Co. She is paid.');
  const ada = placeOf(document, 'Ada');
  const firm = placeOf(document, 'Babbage & Co.');
  const view = (lines: Lines, queued = queuedPassage(document, passage)) =>
    passageView({ document, passage, queued }, lines, project, 'me');
  const quoted = (of: ReturnType<typeof view>, { start, end }: Range): string => of.text.slice(start, end);

  it('holds entities and relations at their places in UTF-16', () => {
    const own = labelled(
      document,
      'me',
      (draft) => addEntity(draft, 'Person', [ada]),
      (draft) => addEntity(draft, 'Organisation', [firm]),
    );
    const [head, tail] = own;
    const linked = [
      ...own,
      ...labelled(
        document,
        'me',
        () => ({ put: own, remove: [] }),
        (draft) => addRelation(draft, 'worksFor', head!.id, tail!.id),
      ).filter(({ type }) => type === 'relation'),
    ];
    const shown = view({ own: linked, others: [] });
    expect(quoted(shown, shown.passage)).toBe('Ada 👩‍🔬 works for Babbage & Co. She is paid.');
    expect(shown.entities.map(({ label, spans, own: mine }) => [label, quoted(shown, spans[0]!), mine])).toEqual([
      ['Person', 'Ada', true],
      ['Organisation', 'Babbage & Co.', true],
    ]);
    expect(shown.relations).toEqual([
      { id: expect.any(String) as string, label: 'worksFor', head: head!.id, tail: tail!.id },
    ]);
    expect(shown.line).toBe(3);
  });

  it("shows others' entities apart, and never as verdicts or classes of one's own", () => {
    const theirs = labelled(
      document,
      'mei',
      (draft) => addEntity(draft, 'Person', [ada]),
      (draft) => setClass(draft, 'tone', 'neutral', passage),
      (draft) => answer(draft, passage, 'accept'),
    );
    const shown = view({ own: [], others: [{ by: 'mei', lines: theirs }] });
    expect(shown.entities.map(({ own, by }) => ({ own, by }))).toEqual([{ own: false, by: 'mei' }]);
    expect(shown.classes).toEqual({});
    expect(shown.answer).toBeUndefined();
  });

  it('follows an entity whose text has moved, and leaves out one whose text is gone', () => {
    const older = documentOf('Ada 👩‍🔬 works for Somebody.');
    const own = labelled(
      older,
      'me',
      (draft) => addEntity(draft, 'Person', [placeOf(older, 'Ada')]),
      (draft) => addEntity(draft, 'Organisation', [placeOf(older, 'Somebody')]),
    );
    const shown = view({ own, others: [] });
    expect(shown.entities.map(({ spans }) => quoted(shown, spans[0]!))).toEqual(['Ada']);
  });

  it('offers no suggestion that was labelled or turned down', () => {
    const suggestions = [
      { kind: 'entity' as const, label: 'Person', spans: [ada], probability: 0.9 },
      { kind: 'entity' as const, label: 'Organisation', spans: [firm], probability: 0.8 },
      { kind: 'class' as const, label: 'tone', value: 'neutral', spans: [passage], probability: 0.7 },
      { kind: 'class' as const, label: 'topic', value: 'work', spans: [passage], probability: 0.6 },
      { kind: 'entity' as const, label: 'Unknown', spans: [ada], probability: 0.9 },
    ];
    const queued = queuedPassage(document, passage, suggestions);
    expect(view(none, queued).suggestions.map(({ label }) => label)).toEqual([
      'Person',
      'Organisation',
      'tone',
      'topic',
    ]);
    const own = labelled(
      document,
      'me',
      (draft) => addEntity(draft, 'Person', [ada]),
      (draft) => reject(draft, { of: 'entity', label: 'Organisation', spans: [firm] }),
      (draft) => setClass(draft, 'tone', 'critical', passage),
      (draft) => setClass(draft, 'topic', 'play', passage),
    );
    expect(view({ own, others: [] }, queued).suggestions.map(({ label }) => label)).toEqual(['topic']);
  });

  it('tells verdict and flag', () => {
    const own = labelled(
      document,
      'me',
      (draft) => answer(draft, passage, 'reject'),
      (draft) => toggleFlag(draft, passage),
    );
    expect(view({ own, others: [] })).toMatchObject({ answer: 'reject', flag: true });
  });
});

describe('offsets', () => {
  const texts = fc.array(fc.constantFrom('a', ' ', '\n', '\n\n', '🙂', '漢', 'e\u0301', '👩‍🔬', 'word '), {
    minLength: 1,
    maxLength: 2000,
  });

  it('come back from the view as they went', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), (parts, a, b) => {
        const document = documentOf(parts.join(''));
        const [start, end] = [a % document.map.length, b % document.map.length].sort((x, y) => x - y) as [
          number,
          number,
        ];
        const passage = { start, end: end + 1 };
        const shown = { document, passage, queued: undefined };
        const view = passageView(shown, none, project, 'me');
        const window = windowOf(document, passage);
        expect(toCodePoints(shown, view.passage)).toEqual(passage);
        expect(view.text).toBe(document.text.slice(window.start, window.end));
        // No half of a surrogate pair.
        expect(view.text).not.toMatch(/\p{Surrogate}/u);
      }),
      { numRuns: 300 },
    );
  });
});
