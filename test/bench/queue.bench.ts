import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from '../../src/engine/session.js';
import { annotationId, sha16, type Annotation } from '../../src/labels/annotation.js';

/**
 * From a folder to a ranked queue, and from a verdict to a new one (design, section 7): on the sample, and on 10,000
 * passages of about 32 words made of the sample's own words. Run from the repository's root.
 */

const root = await mkdtemp(join(tmpdir(), 'marginalia-bench-'));

interface Run {
  readonly session: Session;
  /** Milliseconds since the start. */
  readonly first: number;
  readonly idle: number;
}

async function start(folder: string): Promise<Run> {
  const started = performance.now();
  let first = NaN;
  const session = new Session({
    folder,
    storage: join(folder, '..', 'cache'),
    models: 'media/models',
    settings: { strategy: 'margin', annotator: 'bench', model: 'marginalia-en-small', runtime: 'auto', seed: 0 },
    emit: (name) => {
      if (name === 'queueChanged' && Number.isNaN(first)) first = performance.now() - started;
    },
  });
  session.start();
  await session.whenIdle();
  return { session, first, idle: performance.now() - started };
}

/** Milliseconds from a verdict until the next passage is known, until the first newly ranked items, and until all are. */
async function verdict(session: Session): Promise<{ next: number; all: number }> {
  const { items } = await session.passages({ exclude: [], offset: 0, limit: 2 });
  const [shown, prefetched] = items;
  if (shown === undefined || prefetched === undefined) throw new Error('The queue is empty.');
  const { doc, start, end } = shown.key;
  const common = { doc, by: 'bench', at: '2026-11-24T10:00:00Z' };
  const whole = shown.candidates.find(({ kind }) => kind === 'class')?.text ?? '';
  const anchor = { spans: [{ start, end }], first: '', last: '', sha: sha16(whole) };
  const place = [[start, end]] as const;
  const put: Annotation[] = [
    {
      ...common,
      id: annotationId({ type: 'class', label: 'tone', doc, place, by: 'bench' }),
      type: 'class',
      label: 'tone',
      value: 'neutral',
      ...anchor,
    },
    {
      ...common,
      id: annotationId({ type: 'review', label: '', doc, place, by: 'bench' }),
      type: 'review',
      answer: 'accept',
      scope: ['Person', 'Organisation', 'Place', 'Product', 'worksFor', 'locatedIn', 'makes', 'tone'],
      ...anchor,
    },
  ];
  const started = performance.now();
  session.labelsChanged(put, []);
  await session.passages({ exclude: [shown.key], offset: 0, limit: 1 });
  const next = performance.now() - started;
  await session.whenIdle();
  return { next, all: performance.now() - started };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
const show = (what: string, value: string): void => console.log(`${what.padEnd(64)}${value}`);

async function bench(name: string, folder: string): Promise<void> {
  const cold = await start(folder);
  const { passages } = (await cold.session.candidates({ kind: undefined, offset: 0, limit: 1 })).status;
  show(`${name}: passages`, String(passages));
  show('  cold start to the first ranked queue', `${(cold.first / 1000).toFixed(2)} s`);
  show('  cold start to everything embedded and ranked', `${(cold.idle / 1000).toFixed(2)} s`);
  await cold.session.dispose();
  const again = await start(folder);
  show('  the same, all cached: first queue, everything ranked', `${seconds(again.first)}, ${seconds(again.idle)}`);
  await again.session.dispose();
  await rm(join(folder, '..', 'cache', 'queue'), { recursive: true });
  const warm = await start(folder);
  show('  the same, vectors cached: first queue', `${(warm.first / 1000).toFixed(2)} s`);
  show('  the same, vectors cached: everything ranked', `${(warm.idle / 1000).toFixed(2)} s`);
  const times = [];
  for (let i = 0; i < 5; i++) times.push(await verdict(warm.session));
  show(
    '  verdict to next passage from the engine (median of 5)',
    `${median(times.map(({ next }) => next)).toFixed(0)} ms`,
  );
  show(
    '  verdict to everything fitted and ranked anew (median of 5)',
    `${median(times.map(({ all }) => all)).toFixed(0)} ms`,
  );
  await warm.session.dispose();
}

/** Texts of 20 to 44 words, drawn from the sample's reviews with a fixed sequence. */
async function manyPassages(folder: string): Promise<void> {
  const reviews = (await readFile('media/sample/reviews/reviews.jsonl', 'utf8')).trim().split('\n');
  const words = reviews.flatMap((line) => (JSON.parse(line) as { body: string }).body.split(/\s+/));
  let state = 1;
  const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
  const lines = Array.from({ length: 10_000 }, (_, i) => {
    const text = Array.from({ length: 20 + random(25) }, () => words[random(words.length)]).join(' ');
    return JSON.stringify({ uid: `b${i}`, body: text });
  });
  await mkdir(join(folder, 'reviews'));
  await writeFile(join(folder, 'reviews', 'many.jsonl'), `${lines.join('\n')}\n`);
}

try {
  await cp('media/sample', join(root, 'small', 'sample'), { recursive: true });
  await bench('sample', join(root, 'small', 'sample'));
  const large = join(root, 'large', 'sample');
  await cp('media/sample', large, { recursive: true });
  await rm(join(large, 'reviews'), { recursive: true });
  await manyPassages(large);
  await bench('10,000 more', large);
} finally {
  await rm(root, { recursive: true, force: true });
}
