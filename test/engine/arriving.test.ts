import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documentsOf, loadDocument } from '../../src/corpus/scan.js';
import { Session } from '../../src/engine/session.js';
import { addEntity, answer, type Draft } from '../../src/labels/edits.js';
import type { Annotation } from '../../src/labels/annotation.js';
import { parseLine, serialise, sortLines } from '../../src/labels/serialise.js';
import { addSynthetic, syntheticFile } from '../../src/labels/synthetic.js';
import type { EngineSettings } from '../../src/protocol/engine.js';
import { repository } from './support.js';

const settings: EngineSettings = {
  strategy: 'margin',
  annotator: 'mei',
  model: 'marginalia-en-small',
  runtime: 'auto',
  seed: 0,
};

const log = (from: number, to: number): string =>
  Array.from(
    { length: to - from },
    (_, i) => `Ada Lovelace ${from + i} rang the harbour office in Bath about ship ${i}.\n\n`,
  ).join('');

describe('what comes first in the queue', () => {
  let folder: string;
  let session: Session;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'marginalia-arriving-'));
    await mkdir(path.join(folder, 'text'));
    await writeFile(
      path.join(folder, 'marginalia.json'),
      '{ "corpus": ["text/*.txt"], "unit": "paragraph", "entities": { "Person": {}, "Place": {} } }\n',
    );
    await writeFile(path.join(folder, 'text/a.txt'), log(0, 10));
  });
  afterEach(async () => {
    await session.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function start(extra: Partial<EngineSettings> = {}): Promise<void> {
    session = new Session({
      folder,
      storage: path.join(folder, '.cache'),
      models: path.join(repository, 'media/models'),
      settings: { ...settings, ...extra },
      emit: () => undefined,
    });
    session.start();
    await session.whenIdle();
  }

  /** As the host does it: on disk first. */
  async function label(lines: readonly Annotation[]): Promise<void> {
    const sorted = sortLines(lines.map((line) => parseLine(serialise(line)))).map(({ raw }) => String(raw));
    await mkdir(path.join(folder, 'labels'), { recursive: true });
    await writeFile(path.join(folder, 'labels/mei.jsonl'), `${sorted.join('\n')}\n`);
    session.labelsReloaded();
    await session.whenIdle();
  }

  const top = async (limit: number, exclude: { doc: string; start: number; end: number }[] = []) =>
    (await session.passages({ exclude, offset: 0, limit })).items;

  it('text that arrives is queried within the budget; what was there before is not', async () => {
    await start({ streamBudget: 0.2 });
    const doubtful = (await top(1))[0]!;
    await writeFile(path.join(folder, 'text/a.txt'), log(0, 60));
    session.filesChanged(['text/a.txt']);
    await session.whenIdle();
    const items = await top(60);
    expect(items).toHaveLength(60);
    const number = ({ text }: { text: string }): number => Number(/Lovelace (\d+)/.exec(text)![1]);
    // Ten of fifty, give or take two, come before the one that was first.
    const before = items.findIndex(({ key }) => key.start === doubtful.key.start);
    const arrivedFirst = items.slice(0, Math.min(before < 0 ? 60 : before, 12)).filter((item) => number(item) >= 10);
    expect(arrivedFirst.length).toBeGreaterThanOrEqual(8);
    // The same text again is no arrival.
    const order = items.map(({ key }) => key.start);
    session.filesChanged(['text/a.txt']);
    await session.whenIdle();
    expect((await top(60)).map(({ key }) => key.start)).toEqual(order);
  });

  it('made-up passages are marked, carry their entities, come first, and are no part of the corpus that is counted', async () => {
    await start();
    const { project } = session;
    const put: Annotation[] = [];
    for (const { key } of await top(4)) {
      const ref = (await session.locate(key.doc))!;
      const source = (await loadDocument(folder, project!.corpus, ref))!;
      const draft: Draft = { source, project: project!, lines: [], by: 'mei', at: new Date(), taken: () => false };
      const name = { start: key.start, end: key.start + 'Ada Lovelace'.length };
      const bath = source.map.toCodePoint(source.text.indexOf('Bath', source.map.toUtf16(key.start)));
      put.push(
        ...addEntity(draft, 'Person', [name]).put,
        ...addEntity(draft, 'Place', [{ start: bath, end: bath + 4 }]).put,
        ...answer(draft, { start: key.start, end: key.end }, 'accept').put,
      );
    }
    await label(put);
    const made = await session.synthesise(3);
    expect(made).toHaveLength(3);
    expect(await session.synthesise(3)).toEqual(made);
    for (const { text, entities } of made)
      for (const { start, end } of entities)
        expect(['Ada Lovelace', 'Bath']).toContain(Array.from(text).slice(start, end).join(''));
    const file = syntheticFile('labels', 'mei');
    await addSynthetic(folder, 'labels', 'mei', made);
    session.filesChanged([file]);
    await session.whenIdle();

    const { status, items } = await session.passages({ exclude: [], offset: 0, limit: 4 });
    expect(items.map(({ synthetic }) => synthetic ?? false)).toEqual([true, true, true, false]);
    expect(status).toMatchObject({ passages: 10, reviewed: 4 });
    for (const { key, suggestions } of items.slice(0, 3)) {
      const { entities } = made.find(({ id }) => key.doc === `${file}#${id}`)!;
      const suggested = suggestions.filter(({ kind }) => kind === 'entity').map(({ spans }) => spans[0]);
      for (const { start, end } of entities)
        expect(suggested.some((span) => span!.start < end && start < span!.end)).toBe(true);
    }
    const { items: candidates } = await session.candidates({ offset: 0, limit: 500 });
    for (const { doc, synthetic } of candidates) expect(synthetic ?? false).toBe(doc.startsWith(`${file}#`));

    // One is accepted: it teaches, and no estimate is measured on it.
    const [first] = items;
    const ref = (await documentsOf(folder, file, project!.corpus)).find(({ id }) => id === first!.key.doc)!;
    const source = (await loadDocument(folder, project!.corpus, ref))!;
    const draft: Draft = { source, project: project!, lines: [], by: 'mei', at: new Date(), taken: () => false };
    await label([...put, ...answer(draft, first!.key, 'accept').put]);
    await session.whenEstimated();
    const progress = await session.progress();
    expect(progress).toMatchObject({ passages: 10, reviewed: 4, synthetic: 1 });
    expect(progress.tasks[0]).toMatchObject({ labels: 5 });
    expect(progress.tasks[0]!.estimate?.passages ?? 4).toBeLessThanOrEqual(4);
    expect(
      (await session.passages({ exclude: [], offset: 0, limit: 4 })).items.map((item) => item.synthetic ?? false),
    ).toEqual([true, true, false, false]);
  });
});
