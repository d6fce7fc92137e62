import { createHash } from 'node:crypto';
import {
  appendFile,
  cp,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VectorCache, type CachedText } from '../../../src/embedding/vector-cache.js';
import { cosine, madeUp } from './helpers.js';

const dimensions = 10;
const model = { hash: '0123456789abcdef', dimensions };
const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
const item = (i: number): CachedText => ({ key: keyOf(`text ${i}`), encoded: madeUp(i, i % 5, dimensions) });
const items = (from: number, to: number): CachedText[] => Array.from({ length: to - from }, (_, i) => item(from + i));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vectors-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function readAll(cache: VectorCache, keys: Iterable<string>): Promise<Map<string, CachedText>> {
  const found = new Map<string, CachedText>();
  for await (const text of cache.read(keys)) found.set(text.key, text);
  return found;
}

/** What was read is what was put, up to the loss of quantisation. */
function expectSame(read: CachedText | undefined, put: CachedText): void {
  expect(read?.encoded.pieces).toEqual(put.encoded.pieces);
  expect(1 - cosine(read!.encoded.vector, put.encoded.vector)).toBeLessThan(1e-3);
  const tokens = put.encoded.tokens;
  expect(read!.encoded.tokens).toHaveLength(tokens.length);
  for (let at = 0; at < tokens.length; at += dimensions) {
    const stored = read!.encoded.tokens.slice(at, at + dimensions);
    expect(1 - cosine(stored, tokens.slice(at, at + dimensions))).toBeLessThan(1e-3);
    expect(Math.hypot(...stored) / Math.hypot(...tokens.slice(at, at + dimensions))).toBeCloseTo(1, 1);
  }
}

const segments = async (end: string): Promise<string[]> =>
  (await readdir(folder)).filter((file) => file.endsWith(end)).sort();

describe('the vector cache', () => {
  it('gives back what was put, at once and after it was opened again', async () => {
    const put = items(0, 50);
    const cache = await VectorCache.open(folder, model);
    await cache.put(put.slice(0, 20));
    await cache.put(put.slice(20));
    const check = async (opened: VectorCache): Promise<void> => {
      expect(opened.size).toBe(50);
      const read = await readAll(
        opened,
        put.map(({ key }) => key),
      );
      for (const text of put) {
        expectSame(read.get(text.key), text);
        expect(opened.pooled(text.key)).toEqual(read.get(text.key)?.encoded.vector);
      }
    };
    await check(cache);
    await cache.close();
    const again = await VectorCache.open(folder, model);
    await check(again);
    await again.close();
  });

  it('does not know texts that were not put, nor those of another model', async () => {
    const cache = await VectorCache.open(folder, model);
    await cache.put(items(0, 3));
    expect(cache.has(item(7).key)).toBe(false);
    expect(cache.pooled(item(7).key)).toBeUndefined();
    expect([...(await readAll(cache, [item(1).key, item(7).key])).keys()]).toEqual([item(1).key]);
    const other = await VectorCache.open(folder, { hash: 'fedcba9876543210', dimensions });
    expect(other.has(item(1).key)).toBe(false);
    await cache.close();
    await other.close();
  });

  it('goes on in the same files after it was closed', async () => {
    for (let round = 0; round < 3; round++) {
      const cache = await VectorCache.open(folder, model);
      expect(cache.size).toBe(10 * round);
      await cache.put(items(10 * round, 10 * round + 10));
      await cache.close();
    }
    expect(await segments('.heads')).toHaveLength(1);
    expect(await segments('.lock')).toEqual([]);
  });

  it('lets two append at once, each to files of its own', async () => {
    const first = await VectorCache.open(folder, model);
    await first.put(items(0, 5));
    const second = await VectorCache.open(folder, model);
    expect(second.size).toBe(5);
    await Promise.all([first.put(items(5, 10)), second.put(items(10, 15))]);
    await first.put(items(15, 20));
    expect(await segments('.heads')).toHaveLength(2);
    await first.close();
    await second.close();
    const third = await VectorCache.open(folder, model);
    const read = await readAll(
      third,
      items(0, 20).map(({ key }) => key),
    );
    for (const text of items(0, 20)) expectSame(read.get(text.key), text);
    await third.close();
  });

  it('takes over the files of a process that died', async () => {
    const cache = await VectorCache.open(folder, model);
    await cache.put(items(0, 5));
    await cache.close();
    const [heads] = await segments('.heads');
    // No process has this id: it is above what any system gives.
    await writeFile(join(folder, heads!.replace('.heads', '.lock')), '2147483646');
    const again = await VectorCache.open(folder, model);
    await again.put(items(5, 6));
    expect(await segments('.heads')).toEqual([heads]);
    await again.close();
  });

  it('survives a crash at any byte: what is read is right, and writing goes on', async () => {
    const original = await VectorCache.open(folder, model);
    for (let i = 0; i < 8; i++) await original.put([item(i)]);
    await original.close();
    const whole = await mkdtemp(join(tmpdir(), 'vectors-'));
    await cp(folder, whole, { recursive: true });
    const [heads] = await segments('.heads');
    const [bodies] = await segments('.bodies');
    const size = async (file: string): Promise<number> => (await stat(join(whole, file))).size;
    const [headBytes, bodyBytes] = [await size(heads!), await size(bodies!)];
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: headBytes }),
        fc.nat({ max: bodyBytes }),
        fc.uint8Array({ maxLength: 40 }),
        async (headsLeft, bodiesLeft, garbage) => {
          await cp(whole, folder, { recursive: true });
          await truncate(join(folder, heads!), headsLeft);
          await truncate(join(folder, bodies!), bodiesLeft);
          await appendFile(join(folder, heads!), garbage);
          const cache = await VectorCache.open(folder, model);
          const keys = items(0, 8).map(({ key }) => key);
          const read = await readAll(cache, keys);
          for (const [i, key] of keys.entries()) if (read.has(key)) expectSame(read.get(key), item(i));
          for (const key of keys) expect(cache.has(key)).toBe(read.has(key));
          await cache.put(items(0, 10));
          await cache.close();
          const again = await VectorCache.open(folder, model);
          const all = await readAll(
            again,
            items(0, 10).map(({ key }) => key),
          );
          for (const text of items(0, 10)) expectSame(all.get(text.key), text);
          await again.close();
          for (const file of await readdir(folder)) await rm(join(folder, file));
        },
      ),
      { numRuns: 60 },
    );
    await rm(whole, { recursive: true });
  });

  it('gives nothing wrong whichever byte is damaged', async () => {
    const original = await VectorCache.open(folder, model);
    await original.put(items(1, 4));
    await original.close();
    const files = [...(await segments('.heads')), ...(await segments('.bodies'))];
    const whole = await Promise.all(files.map((file) => readFile(join(folder, file))));
    const keys = items(1, 4).map(({ key }) => key);
    await fc.assert(
      fc.asyncProperty(fc.nat(1), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, place, change) => {
        const damaged = Buffer.from(whole[which]!);
        damaged[place % damaged.length]! ^= change;
        await writeFile(join(folder, files[which]!), damaged);
        await writeFile(join(folder, files[1 - which]!), whole[1 - which]!);
        const cache = await VectorCache.open(folder, model);
        const read = await readAll(cache, keys);
        for (const [i, key] of keys.entries()) {
          if (read.has(key)) expectSame(read.get(key), item(i + 1));
          expect(cache.has(key)).toBe(read.has(key));
        }
        await cache.close();
      }),
    );
  });

  it('notices a flipped bit', async () => {
    const cache = await VectorCache.open(folder, model);
    await cache.put(items(0, 6));
    await cache.close();
    for (const end of ['.heads', '.bodies']) {
      const [file] = await segments(end);
      const bytes = await readFile(join(folder, file!));
      const at = Math.floor(bytes.length * 0.6);
      bytes[at]! ^= 4;
      await writeFile(join(folder, file!), bytes);
    }
    const again = await VectorCache.open(folder, model);
    const read = await readAll(
      again,
      items(0, 6).map(({ key }) => key),
    );
    expect(read.size).toBeLessThan(6);
    expect(read.size).toBeGreaterThanOrEqual(4);
    for (const [i, text] of items(0, 6).entries()) if (read.has(text.key)) expectSame(read.get(text.key), item(i));
    await again.close();
  });

  it('stays within its bound and drops the oldest first', async () => {
    const maxBytes = 40_000;
    const cache = await VectorCache.open(folder, model, { maxBytes });
    const total = async (): Promise<number> => {
      let bytes = 0;
      for (const file of await readdir(folder)) bytes += (await stat(join(folder, file))).size;
      return bytes;
    };
    for (let i = 0; i < 1000; i += 10) {
      await cache.put(items(i, i + 10));
      expect(await total()).toBeLessThan(maxBytes * 1.1);
    }
    expect(cache.has(item(0).key)).toBe(false);
    const late = items(950, 1000);
    const read = await readAll(
      cache,
      late.map(({ key }) => key),
    );
    for (const text of late) expectSame(read.get(text.key), text);
    await cache.close();
  });

  it('drops first what was not used for the longest time, of whichever model', async () => {
    const maxBytes = 40_000;
    const other = { hash: 'fedcba9876543210', dimensions };
    for (const [owner, texts, used] of [
      [model, 20, 1000],
      [other, 60, 2000],
    ] as const) {
      const cache = await VectorCache.open(folder, owner, { maxBytes });
      await cache.put(items(0, texts));
      await cache.close();
      for (const file of await readdir(folder)) {
        if (file.startsWith(owner.hash)) await utimes(join(folder, file), used, used);
      }
    }
    // The first model's vectors are older, but they are in use again.
    const cache = await VectorCache.open(folder, model, { maxBytes });
    const unused = async (): Promise<boolean> => (await segments('.heads')).some((file) => file.startsWith(other.hash));
    for (let i = 20; i < 1000 && (await unused()); i += 10) await cache.put(items(i, i + 10));
    expect(await unused()).toBe(false);
    expect(cache.has(item(0).key)).toBe(true);
    await cache.close();
  });

  it('says so when the folder cannot be used, and when the disk does not take more', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    await expect(VectorCache.open(file, model)).rejects.toThrow(/vector cache in .* cannot be opened/);
    const cache = await VectorCache.open(join(folder, 'cache'), model);
    await rm(join(folder, 'cache'), { recursive: true });
    await expect(cache.put(items(0, 1))).rejects.toThrow(/cannot be kept in/);
    expect(cache.has(item(0).key)).toBe(false);
    await cache.close();
  });

  it('takes only keys that are 32 hex digits', async () => {
    const cache = await VectorCache.open(folder, model);
    await expect(cache.put([{ ...item(0), key: 'ABC' }])).rejects.toThrow(/32 hex digits/);
    await cache.close();
  });

  it('leaves files of others in the folder alone', async () => {
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const handle = await open(join(folder, '0123456789abcdef-0000000zz-aaaaaa.heads'), 'w');
    await handle.close();
    const cache = await VectorCache.open(folder, model);
    await cache.put(items(0, 2));
    expect(cache.size).toBe(2);
    await cache.close();
    expect(await readFile(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });
});
