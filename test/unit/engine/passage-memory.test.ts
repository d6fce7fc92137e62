import { describe, expect, it } from 'vitest';
import { analyse, type Analysis, type AnalysisOptions } from '../../../src/engine/analysis.js';
import { ClassIndex } from '../../../src/engine/class-index.js';
import type { Heads } from '../../../src/engine/heads.js';
import type { LabelledPassage } from '../../../src/engine/labelled.js';
import { PassageMemory } from '../../../src/engine/passage-memory.js';
import type { Entry } from '../../../src/engine/pool.js';
import { classWorld, type ClassWorld } from './class-world.js';

const TONE = { classes: { tone: { values: ['calm', 'cross'] } } };
const SEVERAL = {
  classes: {
    tone: { values: ['calm', 'cross'] },
    themes: { values: ['work', 'play', 'rest', 'food'], multiple: true },
  },
};

/** Says of the first passages what their topic tells. */
function labelled(world: ClassWorld, count: number): LabelledPassage[] {
  return world.entries
    .slice(0, count)
    .map((entry, i) =>
      world.say(entry, i % 2 === 0 ? { tone: 'calm', themes: 'work' } : { tone: 'cross', themes: 'food' }),
    );
}

function options(heads: Heads, said: readonly LabelledPassage[] = []): AnalysisOptions {
  return {
    heads,
    strategy: 'margin',
    seed: 0,
    annotator: 'mei',
    labelled: (entry) => said.filter((passage) => passage.entry === entry),
  };
}

/** Analyses passages as a wave of the ranking does, and remembers them. */
async function wave(
  memory: PassageMemory,
  world: ClassWorld,
  entries: readonly Entry[],
  asked: AnalysisOptions,
): Promise<Analysis[]> {
  const { inputs, rows } = await world.inputs(entries, asked.heads);
  const analyses = analyse(inputs, rows, asked);
  memory.begin(asked.heads, world.vectors.info.hash);
  memory.put(inputs, rows, analyses, asked.heads, world.entries.length);
  return analyses;
}

describe.each([
  { what: 'one class', labels: TONE },
  { what: 'several classes', labels: SEVERAL },
])('passages of a project with $what', ({ labels }) => {
  it('have the same scores and outlooks at once as one by one', async () => {
    const world = await classWorld(labels, 60);
    const memory = new PassageMemory();
    const before = await world.fit(labelled(world, 6));
    await wave(memory, world, world.entries, options(before));
    const heads = await world.fit(labelled(world, 12), before);
    memory.begin(heads, world.vectors.info.hash);
    for (const strategy of ['margin', 'entropy', 'least-confidence', 'diverse-margin'] as const) {
      const asked = { ...options(heads), strategy };
      const scored = memory.scores(world.entries, asked, []);
      const outlooks = memory.outlooks(world.entries, asked);
      const alone = await wave(new PassageMemory(), world, world.entries, asked);
      expect([...scored!.scores]).toEqual(alone.map(({ score }) => score));
      expect([...scored!.peaks]).toEqual(alone.map(({ candidates }) => candidates[0]!.score));
      expect(outlooks).toEqual(alone.map(({ outlook }) => outlook));
    }
    // The new labels did change something.
    const old = await wave(new PassageMemory(), world, world.entries, options(before));
    expect(memory.scores(world.entries, options(heads), [])!.scores[20]).not.toBe(old[20]!.score);
  });

  it('are analysed where the annotator has set a class already', async () => {
    const world = await classWorld(labels, 30);
    const memory = new PassageMemory();
    const said = labelled(world, 8);
    const asked = options(await world.fit(said), said);
    await wave(memory, world, world.entries, asked);
    const { scores } = memory.scores(world.entries, asked, said)!;
    expect([...scores].map(Number.isNaN)).toEqual(world.entries.map((_, i) => i < 8));
    const by = { ...asked, annotator: 'tomas' };
    expect([...memory.scores(world.entries, by, said)!.scores].some(Number.isNaN)).toBe(false);
  });
});

describe('features that are kept', () => {
  it('are of the passages analysed; new ones are to be analysed', async () => {
    const world = await classWorld(TONE, 20);
    const memory = new PassageMemory();
    const heads = await world.fit(labelled(world, 6));
    await wave(memory, world, world.entries.slice(0, 12), options(heads));
    const { scores } = memory.scores(world.entries, options(heads), [])!;
    expect([...scores].map(Number.isNaN)).toEqual(world.entries.map((_, i) => i >= 12));
    await wave(memory, world, world.entries.slice(12), options(heads));
    expect([...memory.scores(world.entries, options(heads), [])!.scores].some(Number.isNaN)).toBe(false);
  });

  it('go with the corpus, and leave the others as they are', async () => {
    const world = await classWorld(TONE, 40);
    const memory = new PassageMemory();
    const heads = await world.fit(labelled(world, 6));
    await wave(memory, world, world.entries, options(heads));
    const before = memory.scores(world.entries, options(heads), [])!.scores;
    const gone = (i: number): boolean => i % 3 === 0;
    world.entries.forEach(({ ref }, i) => gone(i) && world.pool.removeDocument(ref.id));
    memory.keep(world.pool);
    const after = memory.scores(world.entries, options(heads), [])!.scores;
    expect([...after]).toEqual([...before].map((score, i) => (gone(i) ? NaN : score)));
    world.entries.forEach((entry, i) => {
      expect(memory.knows(entry, heads)).toBe(!gone(i));
      expect(memory.vector(entry) === undefined).toBe(gone(i));
    });
  });

  it('are not more than there is room for: beyond, a passage is remembered as its analysis said', async () => {
    const world = await classWorld(TONE, 24);
    const memory = new PassageMemory(new ClassIndex(1));
    const heads = await world.fit(labelled(world, 6));
    const asked = options(heads);
    const analyses = [
      ...(await wave(memory, world, world.entries.slice(0, 10), asked)),
      ...(await wave(memory, world, world.entries.slice(10), asked)),
    ];
    const { scores } = memory.scores(world.entries, asked, [])!;
    expect([...scores].map(Number.isNaN)).toEqual(world.entries.map((_, i) => i >= 10));
    expect(memory.outlooks(world.entries, asked)).toEqual(analyses.map(({ outlook }) => outlook));
    for (const entry of world.entries) {
      expect(memory.knows(entry, heads)).toBe(true);
      const whole = world.vectors.pooled(entry.hash)!;
      expect(Math.max(...memory.vector(entry)!.map((x, i) => Math.abs(x - whole[i]!)))).toBeLessThan(0.01);
    }
  });

  it('hold for one model, and for what was learned of the corpus once', async () => {
    const world = await classWorld(TONE, 20);
    const memory = new PassageMemory();
    const heads = await world.fit(labelled(world, 6));
    await wave(memory, world, world.entries, options(heads));
    const anew = await world.fit(labelled(world, 6));
    memory.begin(anew, world.vectors.info.hash);
    expect(memory.scores(world.entries, options(anew), [])).toBeUndefined();
    expect(memory.scores(world.entries, options(heads), [])).toBeDefined();
    memory.begin(heads, 'another model');
    expect(memory.scores(world.entries, options(heads), [])).toBeUndefined();
    expect(memory.vector(world.entries[0]!)).toBeUndefined();
  });

  it('are not what strategies go by that look at more, nor heads that ask about spans', async () => {
    const world = await classWorld(TONE, 20);
    const memory = new PassageMemory();
    const heads = await world.fit(labelled(world, 6));
    await wave(memory, world, world.entries, options(heads));
    for (const strategy of ['random', 'bald', 'vote-entropy', 'gradient-length'] as const)
      expect(memory.scores(world.entries, { ...options(heads), strategy }, [])).toBeUndefined();
    const mixed = await classWorld({ ...TONE, entities: { Person: {} } }, 20);
    const both = await mixed.fit(labelled(mixed, 6));
    memory.begin(both, mixed.vectors.info.hash);
    expect(memory.scores(mixed.entries, options(both), [])).toBeUndefined();
  });
});
