import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reservedKeys } from '../../../src/labels/keys.js';
import { defaultKeys } from '../../../src/labels/panel-keys.js';
import { parseProject, readProject } from '../../../src/labels/project.js';

const withKey = (key: string): string =>
  JSON.stringify({
    corpus: ['*.txt'],
    entities: { Person: { key } },
    relations: { knows: { head: ['Person'], tail: ['Person'] } },
  });

describe('keys of labels', () => {
  it.each(Object.entries(defaultKeys).filter(([, key]) => key.length === 1))(
    'that are the panel’s, such as %s: %s, are a problem',
    (_name, key) => {
      expect(parseProject(withKey(key)).problems).toMatchObject([{ code: 'key-reserved', severity: 'warning' }]);
    },
  );

  it('that are free are none, and the sample’s are', async () => {
    for (const key of 'bcdilmopqwzABC') expect(parseProject(withKey(key)).problems).toEqual([]);
    const sample = await readProject(new URL('../../../media/sample', import.meta.url).pathname);
    expect(sample.problems).toEqual([]);
  });

  it('that nobody chose are never the panel’s, and never twice', () => {
    const name = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...Array.from('abefghknrstuvxyzÄ1')) });
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 30 }), (names) => {
        const entities = Object.fromEntries(names.map((label) => [`${label} `, {}]));
        const { project } = parseProject(JSON.stringify({ corpus: ['*.txt'], entities }));
        const keys = project!.entities.flatMap(({ key }) => (key === undefined ? [] : [key]));
        expect(keys.filter((key) => reservedKeys.includes(key))).toEqual([]);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 50 },
    );
  });
});
