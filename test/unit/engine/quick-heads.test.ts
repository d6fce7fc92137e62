import { beforeAll, describe, expect, it } from 'vitest';
import { stateOf, type Heads } from '../../../src/engine/heads.js';
import { inputsOf } from '../../../src/engine/inputs.js';
import type { LabelledPassage } from '../../../src/engine/labelled.js';
import { quickHeads } from '../../../src/engine/quick-heads.js';
import type { Entry } from '../../../src/engine/pool.js';
import { predictEntities } from '../../../src/learning/heads/entity.js';
import { classWorld, type ClassWorld } from './class-world.js';

const LABELS = { entities: { Topic: {} }, classes: { mood: { values: ['glad', 'sad'] } } };
const MANY = 80;

describe('heads for the first look', () => {
  let world: ClassWorld;
  let said: LabelledPassage[];
  let before: Heads;
  let strange: Entry;
  /** The first word is a topic, and the mood is as said. */
  const say = (entry: Entry, mood: string): LabelledPassage => ({
    ...world.say(entry, { mood }),
    entities: [
      { id: entry.hash, label: 'Topic', span: { start: 0, end: entry.text!.indexOf(' ') }, discontinuous: false },
    ],
    scope: ['Topic', 'mood'],
  });
  const quick = (labelled: readonly LabelledPassage[], previous = before, old = said): Promise<Heads | undefined> =>
    quickHeads(
      world.options(labelled, previous),
      old.map((passage) => ({ passage, weight: 1 })),
    );
  const probability = async (heads: Heads, entry: Entry): Promise<number> => {
    const [{ input } = { input: undefined }] = await inputsOf([entry], world.pool, world.vectors);
    const spans = predictEntities(heads.entities, input!);
    return spans.find(({ start, end }) => start === 0 && end === entry.text!.indexOf(' '))!.distribution['Topic']!;
  };

  beforeAll(async () => {
    world = await classWorld(LABELS, MANY + 20);
    strange = await world.add('strange.txt', 'qualm was seen w1 w2 w3');
    said = world.entries.slice(0, MANY).map((entry, i) => say(entry, i % 2 === 0 ? 'glad' : 'sad'));
    before = await world.fit(said);
  });

  it('have learned what is new, and are named after all labels', async () => {
    const labelled = [...said, say(strange, 'sad')];
    const heads = (await quick(labelled))!;
    expect(await probability(before, strange)).toBeLessThan(0.5);
    expect(await probability(heads, strange)).toBeGreaterThan(0.7);
    expect(heads.state).toBe(stateOf(world.options(labelled).training));
    expect(heads.classes[0]?.head.examples).toBe(MANY + 1);
    expect(heads.relations).toBe(before.relations);
  });

  it('are fitted further, their classes as they are', async () => {
    const labelled = [...said, say(strange, 'sad')];
    const heads = (await quick(labelled))!;
    const fitted = await world.fit(labelled, heads);
    expect(fitted).not.toBe(heads);
    expect(fitted.quick).toBeUndefined();
    expect(fitted.state).toBe(heads.state);
    expect(fitted.classes).toBe(heads.classes);
    expect(await probability(fitted, strange)).toBeGreaterThan(0.5);
    expect(await world.fit(labelled, fitted)).toBe(fitted);
  });

  it('take in one verdict after another', async () => {
    const one = [...said, say(strange, 'sad')];
    const two = [...one, say(world.entries[MANY]!, 'glad')];
    const heads = (await quick(two, await quick(one), one))!;
    expect(await probability(heads, strange)).toBeGreaterThan(0.5);
    expect(heads.classes[0]?.head.examples).toBe(MANY + 2);
  });

  it('are not for what a fit does as well', async () => {
    const more = world.entries.slice(MANY, MANY + 9).map((entry) => say(entry, 'glad'));
    expect(await quick(said)).toBeUndefined();
    expect(await quick(said.slice(1))).toBeUndefined();
    expect(await quick([...said, ...more])).toBeUndefined();
    const few = said.slice(0, 20);
    expect(await quick([...few, more[0]!], await world.fit(few), few)).toBeUndefined();
    expect(await quick([...said, more[0]!], { ...before, basis: 'another' })).toBeUndefined();
  });
});
