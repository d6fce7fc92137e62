import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { BUNDLED, CATALOGUE, catalogueModel, knowsLanguage, MULTILINGUAL } from '../../../src/models/catalogue.js';
import { isHubId, modelFolder, ModelNotDownloaded, modelReference } from '../../../src/models/reference.js';

it.each([
  [BUNDLED, { kind: 'bundled', name: BUNDLED }],
  ['Xenova/all-MiniLM-L6-v2', { kind: 'hub', id: 'Xenova/all-MiniLM-L6-v2' }],
  ['/models/mine', { kind: 'folder', path: resolve('/models/mine') }],
  ['./models/mine', { kind: 'folder', path: resolve('/work', 'models/mine') }],
  ['../mine', { kind: 'folder', path: resolve('/mine') }],
  ['~/mine', { kind: 'folder', path: join(homedir(), 'mine') }],
] as const)('%j names %j', (text, reference) => {
  expect(modelReference(text, '/work')).toEqual(reference);
});

it.each(['', 'a/b/c', 'owner/', '/', 'owner/na me', 'owner/..', 'https://hub/a', 'a--b/c', '-x/y'])(
  '%j is no id',
  (text) => {
    expect(isHubId(text)).toBe(false);
  },
);

it.each(['', 'a/b/c', 'na me', 'https://hub/a'])('%j is refused', (text) => {
  expect(() => modelReference(text, '/work')).toThrow(/neither a bundled model/);
});

it('finds a downloaded model only when it is there', async () => {
  const downloads = await mkdtemp(join(tmpdir(), 'marginalia-reference-'));
  const places = { bundled: '/bundled', downloads };
  expect(() => modelFolder('owner/name', '/', places)).toThrow(ModelNotDownloaded);
  await mkdir(join(downloads, 'owner--name'));
  expect(modelFolder('owner/name', '/', places)).toBe(join(downloads, 'owner--name'));
  expect(() => modelFolder('owner/name', '/', { ...places, downloads: undefined })).toThrow(/Choose Model/);
  const bundled = join(downloads, 'bundled');
  await mkdir(join(bundled, BUNDLED), { recursive: true });
  expect(modelFolder(BUNDLED, '/', { ...places, bundled })).toBe(join(bundled, BUNDLED));
  expect(() => modelFolder('miniLM', '/', { ...places, bundled })).toThrow(/no bundled model 'miniLM'.*owner\/name/);
  await rm(downloads, { recursive: true });
});

it('has a catalogue of proper ids, each once, with a model for every language that is suggested', () => {
  expect(CATALOGUE.every(({ id }) => isHubId(id))).toBe(true);
  expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length);
  expect(catalogueModel(MULTILINGUAL)?.languages).toBe('many');
  expect(knowsLanguage(BUNDLED, 'en')).toBe(true);
  expect(knowsLanguage(BUNDLED, 'de')).toBe(false);
  expect(knowsLanguage(MULTILINGUAL, 'de')).toBe(true);
  expect(knowsLanguage('Xenova/bge-small-zh-v1.5', 'zh')).toBe(true);
  expect(knowsLanguage('/some/folder', 'de')).toBeUndefined();
});
