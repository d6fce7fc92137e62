import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UsageError } from '../../../src/cli/arguments.js';
import { commandModel, describeModel, modelsFolder } from '../../../src/cli/models.js';
import { BUNDLED } from '../../../src/models/catalogue.js';
import { writeTinyModel } from '../embedding/tiny-model.js';

let tiny: string;
beforeAll(async () => {
  ({ folder: tiny } = await writeTinyModel());
});
afterAll(() => rm(tiny, { recursive: true }));

it('is the bundled one, unless another one is named', () => {
  const folder = join(modelsFolder(), BUNDLED);
  expect(commandModel(undefined)).toEqual({
    model: BUNDLED,
    folder,
    reason: 'The bundled one, because --model names no other.',
  });
  expect(commandModel(BUNDLED)).toEqual({ model: BUNDLED, folder, reason: 'Named by --model.' });
});

it('is a folder, also one relative to the current folder, which the engine is given absolute', async () => {
  const near = relative(process.cwd(), tiny);
  expect(near).toMatch(/^\.\./);
  for (const named of [tiny, near])
    expect(commandModel(named)).toEqual({ model: tiny, folder: tiny, reason: 'Named by --model.' });
  expect(await describeModel(commandModel(near))).toMatchObject({
    name: tiny,
    dimensions: 6,
    reason: expect.stringMatching(/^(Native|WASM), because /) as unknown,
  });
});

it.each([
  ['Xenova/all-MiniLM-L6-v2', /commands download nothing.*Choose Model.*name that folder/],
  ['miniLM', /there is no bundled model 'miniLM'/],
  ['a/b/c', /'a\/b\/c' is neither/],
])('is refused where it is %j', (named, message) => {
  expect(() => commandModel(named)).toThrow(message);
  expect(() => commandModel(named)).toThrow(UsageError);
});
