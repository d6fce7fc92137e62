import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Heads } from '../../src/engine/heads.js';
import { Session, type SessionOptions } from '../../src/engine/session.js';
import { annotationId, sha16, type Annotation } from '../../src/labels/annotation.js';
import type { QueuedPassage } from '../../src/protocol/engine.js';
import { writeTinyModel } from '../unit/embedding/tiny-model.js';

/** More than the first wave of texts to be embedded, but less than twice as many. */
const PASSAGES = 150;
const LABELLED = 24;
const NAMES = ['Ada', 'Ann', 'Bob', 'Eve', 'Ian', 'Lee', 'Tim'];
// All texts have as many pieces: with others, sums in the tiny model would depend on what a text is embedded beside.
const texts = Array.from({ length: PASSAGES }, (_, i) => {
  const word = (w: number): string => `w${10 + ((i * (w + 3)) % 23)}`;
  return `${NAMES[i % 7]} of ${word(0)} ${i % 2 === 0 ? 'liked' : 'asked'} ${word(1)} and ${word(2)}`;
});

let root: string;
let folder: string;
let model: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'marginalia-settled-'));
  folder = path.join(root, 'folder');
  for (const name of ['text', 'labels']) await mkdir(path.join(folder, name), { recursive: true });
  const labels = { entities: { Person: {} }, classes: { mood: { values: ['glad', 'sad'] } } };
  await writeFile(path.join(folder, 'marginalia.json'), JSON.stringify({ corpus: ['text/*.txt'], ...labels }));
  ({ folder: model } = await writeTinyModel());
});
afterEach(async () => {
  for (const made of [root, model]) await rm(made, { recursive: true, force: true, maxRetries: 5 });
});

function linesOf(i: number): Annotation[] {
  const text = texts[i]!;
  const doc = `text/${i}.txt`;
  const name = NAMES[i % 7]!;
  const common = { doc, by: 'mei', at: '2026-11-24T10:00:00Z' };
  const place = [[0, text.length]] as const;
  const whole = {
    spans: [{ start: 0, end: text.length }],
    first: text.slice(0, 24),
    last: text.slice(-24),
    sha: sha16(text),
  };
  const id = (type: Annotation['type'], label: string): string => annotationId({ type, label, doc, place, by: 'mei' });
  return [
    {
      ...common,
      id: id('entity', 'Person'),
      type: 'entity',
      label: 'Person',
      spans: [{ start: 0, end: name.length, text: name }],
      before: '',
      after: text.slice(name.length, name.length + 24),
    },
    {
      ...common,
      ...whole,
      id: id('class', 'mood'),
      type: 'class',
      label: 'mood',
      value: i % 2 === 0 ? 'glad' : 'sad',
    },
    { ...common, ...whole, id: id('review', ''), type: 'review', answer: 'accept', scope: ['Person', 'mood'] },
  ];
}

async function write(passages: readonly number[], labelled: readonly number[]): Promise<void> {
  for (const i of passages) await writeFile(path.join(folder, 'text', `${i}.txt`), texts[i]!);
  const lines = labelled.flatMap(linesOf).map((line) => JSON.stringify(line));
  await writeFile(path.join(folder, 'labels/mei.jsonl'), `${lines.join('\n')}\n`);
}

async function start(
  storage: string,
  settled: boolean,
  emit: SessionOptions['emit'] = () => undefined,
): Promise<Session> {
  const session = new Session({
    folder,
    storage: path.join(root, storage),
    models: root,
    settings: { strategy: 'margin', annotator: 'mei', model, runtime: 'auto', seed: 0 },
    settled,
    emit,
  });
  session.start();
  await session.whenIdle();
  return session;
}

async function outcome(session: Session): Promise<{ heads: Omit<Heads, 'entities' | 'relations'>; queue: unknown }> {
  const { entities, relations, ...heads } = session.trained!.heads;
  const { items } = await session.passages({ exclude: [], offset: 0, limit: PASSAGES });
  await session.dispose();
  const queue = items.map(({ key, score, suggestions }: QueuedPassage) => ({ key, score, suggestions }));
  return { heads: { ...heads, ...{ entity: entities.head, relation: relations.head } }, queue };
}

const all = [...texts.keys()];
const labelled = all.slice(0, LABELLED);

it('heads of a settled session are the same whatever was embedded, labelled and fitted before', async () => {
  await write(all, labelled);
  const fresh = await outcome(await start('fresh', true));

  // Elsewhere: a part of the texts, labels that came one after another and some that went, and heads that were kept.
  await rm(path.join(folder, 'text'), { recursive: true });
  await mkdir(path.join(folder, 'text'));
  await write(all.slice(0, 40), labelled.slice(0, 10));
  const history = await start('used', false);
  for (const i of labelled.slice(10).toReversed()) {
    history.labelsChanged(linesOf(i), []);
    await history.whenIdle();
  }
  await history.dispose();
  await write(all, labelled);
  const used = await outcome(await start('used', true));
  expect(used).toEqual(fresh);

  // And again, from what the session before has kept.
  expect(await outcome(await start('used', true))).toEqual(fresh);
});

it('heads of a settled session are made anew when the corpus is another', async () => {
  await write(all.slice(0, 100), labelled);
  await (await start('used', true)).dispose();
  await write(all, labelled);
  expect(await outcome(await start('used', true))).toEqual(await outcome(await start('fresh', true)));
});

it('the queue shows what is new before the heads are fitted on all of it', async () => {
  await write(all, all.slice(0, 70));
  const events: string[] = [];
  const session = await start('quick', false, (name, params) => {
    if (name === 'queueChanged' && 'status' in params) events.push(params.status.state);
    if (name === 'progress' && 'stage' in params && params.stage === 'train' && params.done === 1)
      events.push('fitted');
  });
  const before = session.trained!.heads;
  events.length = 0;
  session.labelsChanged(linesOf(70), []);
  await session.whenIdle();
  const { heads } = session.trained!;
  expect(heads.state).not.toBe(before.state);
  expect(heads.quick).toBeUndefined();
  expect(events.slice(0, 2)).toEqual([heads.state, 'fitted']);
  expect(events.at(-1)).toBe(heads.state);
  const { items } = await session.passages({ exclude: [], offset: 0, limit: PASSAGES });
  expect(items.map(({ key }) => key.doc)).not.toContain('text/70.txt');
  expect(items).toHaveLength(PASSAGES - 71);
  await session.dispose();
});
