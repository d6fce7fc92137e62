import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chosenFilter } from '../../../src/editor/chosen-filter.js';
import { FolderSession, type Engine } from '../../../src/editor/folder-session.js';
import { matterOf } from '../../../src/editor/notices.js';
import { scanCorpus } from '../../../src/corpus/scan.js';
import { passagesOf } from '../../../src/corpus/passages.js';
import type { Range } from '../../../src/corpus/types.js';
import type { QueuedPassage, Suggestion } from '../../../src/protocol/engine.js';
import { documentOf, project, projectText, queuedPassage } from './support.js';

const text = ['Ada works here.', 'Grace works there.', 'Alan rests.', 'Edsger walks.', 'Barbara writes.'].join('\n\n');

let folder: string;
let session: FolderSession;
let told: string[];
/** What the person was told. */
let said: string[];
/** The passage that chance draws for the queue; asked for by its place, the engine does not know. */
let drawn: string | undefined;
/** What the engine suggests for the first passage. */
let suggested: Suggestion[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'marginalia-'));
  await writeFile(path.join(folder, 'marginalia.json'), projectText);
  await writeFile(path.join(folder, 'a.txt'), text);
  told = [];
  suggested = [];
  drawn = undefined;
  said = [];
  session = newSession();
  await session.open();
  await shows('Ada works here.');
});
afterEach(async () => {
  await session.dispose();
  await rm(folder, { recursive: true });
});

function newSession(): FolderSession {
  const note = (): void => undefined;
  return new FolderSession({
    folder,
    storage: folder,
    models: folder,
    downloads: '',
    settings: {
      engine: { strategy: 'margin', annotator: 'me', model: 'm', runtime: 'auto', seed: 7 },
      keys: {},
      decorations: true,
    },
    log: { debug: note, info: note, warn: note, error: note },
    tell: (message) => said.push(message),
    engine: () => engine,
  });
}

/** An engine whose queue is the order of the text, and which never learns what was reviewed. */
const engine: Engine = {
  state: 'ready',
  onState: () => ({ dispose: () => undefined }),
  on: () => undefined,
  start: () => undefined,
  stop: () => Promise.resolve(),
  restart: () => Promise.resolve(),
  notify: (name) => void told.push(name),
  request: async (name, params) => {
    for await (const document of scanCorpus(folder, project.corpus)) {
      const all: QueuedPassage[] = passagesOf(document, 'paragraph').map(({ start, end }) =>
        queuedPassage(document, { start, end }, start === 0 ? suggested : []),
      );
      const status = { version: 1, passages: all.length, reviewed: 0, state: 'state' };
      const asked = params as {
        filter?: { terms: { value: string }[] };
        limit?: number;
        exclude?: { start: number }[];
        key?: { start: number };
      };
      const words = (asked.filter?.terms ?? []).map(({ value }) => value);
      const quoteOf = ({ start, end }: { start: number; end: number }): string =>
        document.text.slice(document.map.toUtf16(start), document.map.toUtf16(end));
      const items = all
        .filter(({ key }) => words.every((word) => quoteOf(key).includes(word)))
        .filter(({ key }) => asked.exclude?.every(({ start }) => start !== key.start) !== false)
        .slice(0, asked.limit);
      const item = all.find(({ key }) => key.start === asked.key?.start) ?? null;
      const asDrawn = (one: QueuedPassage): QueuedPassage =>
        quoteOf(one.key) === drawn ? { ...one, strategy: 'random', score: 0.77 } : one;
      return { status, items: items.map(asDrawn), item, ref: document.ref } as never;
    }
    throw new Error(`no corpus for ${name}`);
  },
};

const shown = (): string | undefined => {
  const { passage } = session.view(1);
  return passage?.text.slice(passage.passage.start, passage.passage.end);
};
const shows = (quote: string) => expect.poll(shown).toBe(quote);
const onDisk = async (): Promise<Record<string, unknown>[]> => {
  const lines = await readFile(path.join(folder, 'labels/me.jsonl'), 'utf8').catch(() => '');
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

it('writes a verdict with the query that asked for it, and goes on', async () => {
  await session.perform({ do: 'verdict', answer: 'accept' });
  await shows('Grace works there.');
  await expect.poll(onDisk).toMatchObject([
    {
      type: 'review',
      answer: 'accept',
      by: 'me',
      query: { strategy: 'margin', seed: 7, model: 'model', state: 'state' },
    },
  ]);
  expect(told).toContain('labelsChanged');
});

it('brings lines to where an edit has put their text, and undoes what was done before all the same', async () => {
  await session.perform({ do: 'entity', label: 'Person', spans: [{ start: 0, end: 3 }] });
  await session.perform({ do: 'entity', label: 'Organisation', spans: [{ start: 4, end: 9 }] });
  await session.perform({ do: 'undo' });
  const before = (await session.document('a.txt'))!;
  const after = documentOf(`Lady Ada Works here.${text.slice('Ada works here.'.length)}`);
  const follow = ({ start, end }: Range): Range => ({ start: start + 5, end: end + 5 });
  const { moved, lost } = await session.follow([{ before, after, follow }]);
  expect([moved.length, lost.length]).toEqual([1, 0]);
  await expect.poll(onDisk).toMatchObject([{ type: 'entity', spans: [{ start: 5, end: 8, text: 'Ada' }] }]);
  await session.perform({ do: 'undo' });
  await expect.poll(onDisk).toEqual([]);
  await session.perform({ do: 'redo' });
  await expect.poll(onDisk).toMatchObject([{ label: 'Person', spans: [{ start: 5 }] }]);
});

it('never offers again what was answered, though the engine still does', async () => {
  for (const next of ['Grace works there.', 'Alan rests.', 'Edsger walks.', 'Barbara writes.']) {
    await session.perform({ do: 'verdict', answer: 'accept' });
    await shows(next);
  }
  await session.perform({ do: 'verdict', answer: 'skip' });
  await expect.poll(() => matterOf(session.situation)).toBe('done');
  expect(session.view(1)).toMatchObject({ notice: { actions: [{ command: 'showProgress' }, {}, {}] } });
});

it('labels, undoes and redoes; a verdict undone brings its passage back', async () => {
  const at = session.view(1).passage!.passage.start;
  await session.perform({ do: 'entity', label: 'Person', spans: [{ start: at, end: at + 3 }] });
  expect(session.view(1).passage!.entities).toMatchObject([{ label: 'Person', own: true }]);
  await session.perform({ do: 'verdict', answer: 'accept' });
  await shows('Grace works there.');
  await session.perform({ do: 'undo' });
  await shows('Ada works here.');
  expect(session.view(1).passage!.answer).toBeUndefined();
  await session.perform({ do: 'undo' });
  await expect.poll(onDisk).toEqual([]);
  await session.perform({ do: 'redo' });
  await expect
    .poll(onDisk)
    .toMatchObject([{ type: 'entity', label: 'Person', spans: [{ start: 0, end: 3, text: 'Ada' }] }]);
});

it('moves without a verdict and back again', async () => {
  await session.perform({ do: 'next' });
  await shows('Grace works there.');
  await session.perform({ do: 'back' });
  await shows('Ada works here.');
  await session.perform({ do: 'next' });
  await shows('Grace works there.');
});

it('refuses what the project does not know, and writes nothing', async () => {
  await expect(session.perform({ do: 'entity', label: 'Ghost', spans: [{ start: 0, end: 3 }] })).rejects.toThrow(
    /Ghost/,
  );
  expect(session.view(1).canUndo).toBe(false);
  expect(await onDisk()).toEqual([]);
});

it('keeps the passage on screen when text before it is added', async () => {
  await writeFile(path.join(folder, 'a.txt'), `A new beginning 🙂.\n\n${text}`);
  await session.filesChanged(['a.txt']);
  await shows('Ada works here.');
  await session.perform({ do: 'verdict', answer: 'accept' });
  await expect.poll(onDisk).toMatchObject([{ first: 'Ada works here.', spans: [{ start: 20, end: 35 }] }]);
});

it('sees label files that somebody else changed', async () => {
  const at = session.view(1).passage!.passage.start;
  await session.perform({ do: 'entity', label: 'Person', spans: [{ start: at, end: at + 3 }] });
  await expect.poll(onDisk).toHaveLength(1);
  await writeFile(path.join(folder, 'labels/me.jsonl'), '');
  await session.labelFilesChanged();
  expect(session.view(1).passage!.entities).toEqual([]);
  expect(told).toContain('labelsReloaded');
  await expect(session.perform({ do: 'undo' })).rejects.toThrow(/changed meanwhile/);
});

it('takes the answer to a suggestion that was replaced while it was given', async () => {
  const at = text.indexOf('Ada');
  suggested = [{ kind: 'entity', label: 'Person', spans: [{ start: at, end: at + 3 }], probability: 0.9 }];
  await session.perform({ do: 'next' });
  await session.perform({ do: 'back' });
  await expect.poll(() => session.view(1).passage?.suggestions.length).toBe(1);
  const [seen] = session.view(1).passage!.suggestions;
  suggested = [];
  await session.perform({ do: 'class', label: 'tone', value: 'neutral' });
  await expect.poll(() => session.view(1).passage?.suggestions.length).toBe(0);
  await session.perform({ do: 'acceptSuggestion', key: seen!.key });
  await expect
    .poll(onDisk)
    .toMatchObject([{ type: 'entity', label: 'Person', origin: { probability: 0.9 } }, { type: 'class' }]);
});

it('accepts and rejects many suggestions as one step each, and keeps where they came from', async () => {
  const at = session.view(1).passage!.passage.start;
  const place = (quote: string): Range => {
    const start = text.indexOf(quote);
    return { start, end: start + quote.length };
  };
  suggested = [
    { kind: 'entity', label: 'Person', spans: [place('Ada')], probability: 0.91234 },
    { kind: 'entity', label: 'Organisation', spans: [place('Ada')], probability: 0.95 },
    { kind: 'entity', label: 'Organisation', spans: [place('here')], probability: 0.7 },
    { kind: 'class', label: 'tone', value: 'neutral', spans: [place('Ada works here.')], probability: 0.6 },
    { kind: 'class', label: 'tone', value: 'critical', spans: [place('Ada works here.')], probability: 0.3 },
  ];
  await session.perform({ do: 'next' });
  await session.perform({ do: 'back' });
  await expect.poll(() => session.view(1).passage?.suggestions.length).toBe(5);
  expect(at).toBe(0);
  const keys = session.view(1).passage!.suggestions.map(({ key }) => key);
  await session.perform({ do: 'acceptSuggestions', keys });
  const origin = (probability: number) => ({ kind: 'suggestion', model: 'model', probability });
  await expect.poll(async () => (await onDisk()).length).toBe(3);
  // Of two labels for one place, and of two values of one class, the likelier.
  expect(await onDisk()).toMatchObject([
    { type: 'entity', label: 'Organisation', spans: [{ text: 'Ada' }], origin: origin(0.95) },
    { type: 'class', value: 'neutral', origin: origin(0.6) },
    { type: 'entity', label: 'Organisation', spans: [{ text: 'here' }], origin: origin(0.7) },
  ]);
  await session.perform({ do: 'undo' });
  await expect.poll(onDisk).toEqual([]);
  expect(session.view(1).passage!.suggestions).toHaveLength(5);
  await session.perform({ do: 'rejectSuggestions', keys });
  expect(session.view(1).passage!.suggestions).toEqual([]);
  await expect.poll(async () => (await onDisk()).map(({ type }) => type)).toEqual(Array(5).fill('rejection'));
  await session.perform({ do: 'undo' });
  await expect.poll(onDisk).toEqual([]);
});

it('goes to the passage of an entity outside the part that is shown', async () => {
  const long = `${text}\n\n${'Filler words. '.repeat(80)}\n\nThe Board met.`;
  await writeFile(path.join(folder, 'a.txt'), long);
  await session.filesChanged(['a.txt']);
  await shows('Ada works here.');
  await session.perform({ do: 'entity', label: 'Person', spans: [{ start: 0, end: 3 }] });
  const here = session.view(1).passage!.entities[0]!.id;
  await session.show({ doc: 'a.txt', start: long.indexOf('The Board'), end: long.length });
  await shows('The Board met.');
  const { passage } = session.view(1).passage!;
  await session.perform({
    do: 'entity',
    label: 'Organisation',
    spans: [{ start: passage.start + 4, end: passage.start + 9 }],
  });
  const there = session.view(1).passage!.entities[0]!.id;
  await session.perform({ do: 'relation', label: 'worksFor', head: here, tail: there });
  expect(session.view(1).passage).toMatchObject({
    relations: [{ head: here, tail: there }],
    beyond: [{ id: here, label: 'Person', text: 'Ada', where: 'before' }],
  });
  await session.perform({ do: 'show', id: here });
  await shows('Ada works here.');
  expect(session.view(1).passage!.beyond).toMatchObject([{ id: there, text: 'Board', where: 'after' }]);
  await session.perform({ do: 'back' });
  await shows('The Board met.');
});

it('gives a relation another end, refuses what the signature does not allow, and undoes it', async () => {
  const entityAt = async (label: string, quote: string): Promise<string> => {
    const view = session.view(1).passage!;
    const start = view.text.indexOf(quote);
    await session.perform({ do: 'entity', label, spans: [{ start, end: start + quote.length }] });
    return session.view(1).passage!.entities.find((one) => one.spans[0]!.start === start)!.id;
  };
  const ada = await entityAt('Person', 'Ada');
  const grace = await entityAt('Person', 'Grace');
  const here = await entityAt('Organisation', 'here');
  await session.perform({ do: 'relation', label: 'worksFor', head: ada, tail: here });
  const { id } = session.view(1).passage!.relations[0]!;
  await session.perform({ do: 'relink', id, head: grace, tail: here });
  expect(session.view(1).passage!.relations).toMatchObject([{ id, head: grace, tail: here }]);
  await expect(session.perform({ do: 'relink', id, head: here, tail: grace })).rejects.toThrow(/signature/);
  await session.perform({ do: 'undo' });
  expect(session.view(1).passage!.relations).toMatchObject([{ id, head: ada, tail: here }]);
});

describe('a passage that chance drew', () => {
  const query = { strategy: 'random', score: 0.77, seed: 7, model: 'model', state: 'state' };
  beforeEach(async () => {
    drawn = 'Grace works there.';
    await session.setFilter(chosenFilter('Ada'));
    await session.setFilter(undefined);
    await shows('Ada works here.');
    await session.perform({ do: 'verdict', answer: 'accept' });
    await shows('Grace works there.');
  });

  it('stays one when it is judged again after going back', async () => {
    await session.perform({ do: 'verdict', answer: 'skip' });
    await session.perform({ do: 'back' });
    await shows('Grace works there.');
    await session.perform({ do: 'verdict', answer: 'accept' });
    await expect.poll(async () => (await onDisk())[1]).toMatchObject({ answer: 'accept', query });
  });

  it('stays one when it was passed over and is judged later, chosen from a list or not', async () => {
    await session.perform({ do: 'next' });
    await shows('Alan rests.');
    await session.perform({ do: 'back' });
    await shows('Grace works there.');
    await session.perform({ do: 'next' });
    await shows('Alan rests.');
    const start = text.indexOf('Grace');
    await session.show({ doc: 'a.txt', start, end: start + 'Grace works there.'.length });
    await session.perform({ do: 'verdict', answer: 'accept' });
    await expect.poll(async () => (await onDisk())[1]).toMatchObject({ first: 'Grace works there.', query });
  });

  it('stays one when its verdict is undone, also after a reload, and it is judged again', async () => {
    await session.perform({ do: 'verdict', answer: 'accept' });
    await session.perform({ do: 'undo' });
    await shows('Grace works there.');
    await session.perform({ do: 'verdict', answer: 'skip' });
    await expect.poll(async () => (await onDisk())[1]).toMatchObject({ answer: 'skip', query });
    await session.dispose();
    session = newSession();
    await session.open();
    await shows('Alan rests.');
    await session.perform({ do: 'undo' });
    await shows('Grace works there.');
    await session.perform({ do: 'verdict', answer: 'accept' });
    await expect.poll(async () => (await onDisk())[1]).toMatchObject({ answer: 'accept', query });
  });

  it('is not made of others that are visited again', async () => {
    await session.perform({ do: 'back' });
    await shows('Ada works here.');
    await session.perform({ do: 'verdict', answer: 'skip' });
    await expect.poll(async () => (await onDisk())[0]).toMatchObject({ answer: 'skip', query: { strategy: 'margin' } });
  });
});

it('walks what fits a filter, and does not say that the queue asked for it', async () => {
  await session.setFilter(chosenFilter('rests'));
  await shows('Alan rests.');
  await session.perform({ do: 'verdict', answer: 'accept' });
  await expect.poll(() => session.view(1).notice?.actions[0]?.command).toBe('clearFilter');
  await expect.poll(onDisk).toMatchObject([{ type: 'review', first: 'Alan rests.' }]);
  expect((await onDisk())[0]).not.toHaveProperty('query');
  await session.setFilter(undefined);
  await shows('Ada works here.');
});

it('undoes after a reload, but not what was changed meanwhile', async () => {
  await session.perform({ do: 'entity', label: 'Person', spans: [{ start: 0, end: 3 }] });
  await session.perform({ do: 'verdict', answer: 'accept' });
  await session.perform({ do: 'entity', label: 'Person', spans: [{ start: 17, end: 22 }] });
  await session.perform({ do: 'undo' });
  await session.dispose();

  session = newSession();
  await session.open();
  await shows('Grace works there.');
  expect(session.view(1)).toMatchObject({ canUndo: true, canRedo: true });
  await session.perform({ do: 'redo' });
  await expect.poll(async () => (await onDisk()).map(({ type }) => type)).toEqual(['entity', 'review', 'entity']);
  await session.dispose();

  const file = path.join(folder, 'labels/me.jsonl');
  await writeFile(file, (await readFile(file, 'utf8')).replace('"accept"', '"skip"'));
  session = newSession();
  await session.open();
  expect(said).toEqual([expect.stringMatching(/^A step .* no longer be undone/)]);
  await session.perform({ do: 'undo' });
  await session.perform({ do: 'undo' });
  expect(session.view(1).canUndo).toBe(false);
  await expect.poll(onDisk).toMatchObject([{ type: 'review', answer: 'skip' }]);
});
