import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClassRecords, readSpanRecords } from '../../../src/cli/labelled-records.js';

describe('labelled records', () => {
  let file: string;
  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'records-')), 'train.jsonl');
  });
  afterAll(() => rm(join(file, '..'), { recursive: true }));
  const write = (...lines: string[]) => writeFile(file, lines.join('\n'));
  const ada = { id: 'a', start: 2, end: 5, label: 'Person' };
  const rome = { id: 'r', start: 9, end: 13, label: 'Place' };
  const text = '🎉 Ada in Rome';

  test('classes: blank lines, a byte-order mark and further keys do not matter', async () => {
    await write('\uFEFF{"text":"a","label":"x","id":7}', '', '{"text":"","label":"y"}\r', '');
    expect(await readClassRecords(file)).toEqual([
      { text: 'a', label: 'x' },
      { text: '', label: 'y' },
    ]);
  });

  test('offsets are code points, relations name entities', async () => {
    const relations = [{ head: 'r', tail: 'a', label: 'seen' }];
    await write(JSON.stringify({ text, entities: [ada, rome], relations }));
    const [record] = await readSpanRecords(file, 'relation');
    expect(record!.entities.map(({ start, end }) => text.slice(start, end))).toEqual(['Ada', 'Rome']);
    expect(record!.relations).toEqual([{ head: 1, tail: 0, label: 'seen' }]);
    expect((await readSpanRecords(file, 'entity'))[0]!.entities).toEqual(record!.entities);
  });

  test('entities need neither ids nor relations', async () => {
    await write(JSON.stringify({ text, entities: [{ start: 2, end: 5, label: 'Person' }] }));
    expect((await readSpanRecords(file, 'entity'))[0]!.entities).toHaveLength(1);
  });

  const good = JSON.stringify({ text, entities: [ada, rome], relations: [] });
  const record = (entities: unknown, relations: unknown = []) => JSON.stringify({ text, entities, relations });
  test.each([
    ['no JSON', '{"text":', /train\.jsonl:3 is not JSON/],
    ['no entities', '{"text":"a"}', /train\.jsonl:3: a record for --task relation.*entities/],
    ['a span beyond the text', record([{ ...ada, end: 14 }]), /:3: the entity \[2, 14\).*13 code points/],
    ['an empty span', record([{ ...ada, end: 2 }]), /:3: the entity \[2, 2\)/],
    ['a span of no numbers', record([{ ...ada, end: 2.5 }]), /:3: .*entities\.0\.end/],
    ['an id twice', record([ada, { ...rome, id: 'a' }]), /:3: two entities have the id 'a'/],
    ['a relation to nothing', record([ada], [{ head: 'a', tail: 'q', label: 'l' }]), /:3: .*'q'/],
  ])('refuses %s, with file and line', async (_, line, message) => {
    await write(good, '', line);
    await expect(readSpanRecords(file, 'relation')).rejects.toThrow(message);
  });

  test('refuses a class that is no string, an empty file and none at all', async () => {
    await write('{"text":"a","label":1}');
    await expect(readClassRecords(file)).rejects.toThrow(/train\.jsonl:1: .*label/);
    await write('\n');
    await expect(readClassRecords(file)).rejects.toThrow(/train\.jsonl:1: there are no records/);
    await expect(readClassRecords(`${file}.gone`)).rejects.toThrow(/train\.jsonl\.gone cannot be read/);
  });
});
