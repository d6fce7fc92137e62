import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { annotationJsonSchema, projectJsonSchema } from '../../../src/labels/json-schemas.js';

/** `UPDATE_SCHEMAS=1 npx vitest run --project unit json-schemas` writes them anew. */
describe('the committed JSON schemas', () => {
  for (const [name, schema] of [
    ['marginalia', projectJsonSchema()],
    ['annotation', annotationJsonSchema()],
  ] as const) {
    it(`schemas/${name}.schema.json is the one of the code`, async () => {
      const file = path.resolve(import.meta.dirname, '../../../schemas', `${name}.schema.json`);
      if (process.env['UPDATE_SCHEMAS'] === '1') await writeFile(file, `${JSON.stringify(schema, null, 2)}\n`);
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
    });
  }
});
