import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Session } from '../../src/engine/session.js';
import { annotationId, sha16, type Annotation } from '../../src/labels/annotation.js';
import { StrategyName } from '../../src/protocol/engine.js';
import type { Strategy } from '../../src/learning/strategies/names.js';
import { ENTITIES, makeClassCorpus } from './class-corpus.js';

/**
 * From a folder to a ranked queue, and from a verdict to a new one (design, section 7): on the sample, on 10,000 passages
 * of about 32 words made of the sample's own words, and on 100,000 made-up ones, of which 500 are labelled, in a project
 * with a class alone and in one with entities, too. Run from the repository's root. Options: --only classes|entities (of
 * these), --passages N (made up), --strategy S (for them), --log (what the engine's stages took).
 */
const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    passages: { type: 'string', default: '100000' },
    strategy: { type: 'string', default: 'diverse-margin' },
    log: { type: 'boolean', default: false },
  },
  strict: false,
});

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

/** Labels given one after another, and milliseconds between a fit and the next of them. */
const LABELLED = 7;
const READING = 1000;

/**
 * Label → retrained and re-ranked in a project with a class of ten values, alone or with entities of four labels, and
 * beside it the time to read its vectors. With entities the queue is ranked in waves: what counts is the first of them.
 */
async function benchLarge(passages: number, strategy: Strategy, entities: boolean): Promise<void> {
  const corpus = {
    folder: join(root, entities ? 'entities' : 'classes'),
    storage: join(root, entities ? 'entities-cache' : 'classes-cache'),
    models: 'media/models',
    model: 'marginalia-en-small',
    passages,
    values: 10,
    labels: 500,
    annotator: 'bench',
    entities,
  };
  const bodies = await makeClassCorpus(corpus);
  show(`one class of 10 values${entities ? ', 4 entities' : ''}, 500 labelled: passages`, String(passages));
  let published: (state: string) => void = () => undefined;
  let fitted = (): void => undefined;
  const session = new Session({
    ...corpus,
    settings: { strategy, annotator: 'bench', model: corpus.model, runtime: 'auto', seed: 0, randomShare: 0.1 },
    emit: (name, params) => {
      if (name === 'queueChanged' && 'status' in params) published(params.status.state);
      if (name === 'progress' && 'stage' in params && params.stage === 'train' && params.done === 1) fitted();
      if (flags.log === true && name === 'log' && 'message' in params) console.log(`    ${params.message}`);
    },
  });
  const scope = ['topic', ...(entities ? ENTITIES : [])];
  const started = performance.now();
  session.start();
  await session.whenIdle();
  show('  vectors cached: everything ranked', seconds(performance.now() - started));
  const times: { view: number; fit: number; clock: number; cpu: number; all: number }[] = [];
  for (let i = 0; i < LABELLED; i++) {
    const asked = performance.now();
    const { items } = await session.passages({ exclude: [], offset: 0, limit: 2 });
    const [shown] = items;
    if (shown === undefined) throw new Error('The queue is empty.');
    const view = performance.now() - asked;
    const { doc, start, end } = shown.key;
    const common = { doc, by: 'bench', at: '2026-11-24T10:00:00Z', spans: [{ start, end }] };
    const whole = bodies.get(doc)!;
    const anchor = { first: whole.slice(0, 24), last: whole.slice(-24), sha: sha16(whole) };
    const put: Annotation[] = [
      { ...common, ...anchor, id: `c${i}`, type: 'class', label: 'topic', value: `value ${i}` },
      { ...common, ...anchor, id: `r${i}`, type: 'review', answer: 'accept', scope },
    ];
    const before = process.cpuUsage();
    const given = performance.now();
    const first = new Promise<{ clock: number; cpu: number }>((resolve) => {
      published = (state) => {
        // What was under way before may still be announced.
        if (state === shown.state) return;
        const { user, system } = process.cpuUsage(before);
        resolve({ clock: performance.now() - given, cpu: (user + system) / 1000 });
      };
    });
    const fit = new Promise<number>((resolve) => (fitted = () => resolve(performance.now() - given)));
    session.labelsChanged(put, []);
    const { clock, cpu } = await first;
    const thorough = await fit;
    // The next passage is read while the queue is ranked.
    if (!entities || i === LABELLED - 1) await session.whenIdle();
    else await pause(READING);
    times.push({ view, fit: thorough, clock, cpu, all: performance.now() - given });
  }
  const heads = await readdir(join(corpus.storage, 'vectors'));
  const file = join(corpus.storage, 'vectors', heads.find((name) => name.endsWith('.heads')) ?? '');
  await readFile(file);
  const began = performance.now();
  await readFile(file);
  const read = performance.now() - began;
  const of = (key: keyof (typeof times)[number]): number => median(times.map((time) => time[key]));
  show('  the first two passages of the queue (median)', `${of('view').toFixed(0)} ms`);
  show(
    `  label → ${entities ? 'first re-ranked items' : 'retrained and re-ranked'} (median)`,
    `${of('clock').toFixed(0)} ms`,
  );
  show('  label → heads fitted on all labels (median)', `${of('fit').toFixed(0)} ms`);
  show('    of processor time', `${of('cpu').toFixed(0)} ms`);
  show('    against reading the vectors from the system’s cache', `${(of('clock') / read).toFixed(1)} ×`);
  show(
    `  label → ${entities ? 'everything re-ranked' : 'candidates for browsing renewed, too'}`,
    `${(entities ? times.at(-1)!.all : of('all')).toFixed(0)} ms`,
  );
  show('  memory of the process', `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
  await session.dispose();
}

try {
  if (flags.only === undefined) {
    await cp('media/sample', join(root, 'small', 'sample'), { recursive: true });
    await bench('sample', join(root, 'small', 'sample'));
    const large = join(root, 'large', 'sample');
    await cp('media/sample', large, { recursive: true });
    await rm(join(large, 'reviews'), { recursive: true });
    await manyPassages(large);
    await bench('10,000 more', large);
  }
  for (const entities of [false, true])
    if (flags.only === undefined || flags.only === (entities ? 'entities' : 'classes'))
      await benchLarge(Number(flags.passages), StrategyName.parse(flags.strategy), entities);
} finally {
  await rm(root, { recursive: true, force: true });
}
