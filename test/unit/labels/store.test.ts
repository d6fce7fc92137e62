import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Annotation } from '../../../src/labels/annotation.js';
import type { Edit } from '../../../src/labels/edits.js';
import { serialise } from '../../../src/labels/serialise.js';
import { ConflictError, LabelStore } from '../../../src/labels/store.js';
import type { FileChange, StoreOptions } from '../../../src/labels/store.js';
import { newWriter } from '../../../src/labels/writer.js';
import { entityAt, temporaryFolder } from './helpers.js';
import { SimulatedDisk } from './simulated-disk.js';

/** No process has this number. */
const deadPid = 2 ** 30;
const mei = 'labels/mei.jsonl';

async function opened(folder: string, options: StoreOptions = {}): Promise<LabelStore> {
  const store = new LabelStore(folder, 'labels', { delay: 0, ...options });
  await store.open();
  onTestFinished(() => store.close().catch(() => undefined));
  return store;
}

const put = (...annotations: Annotation[]): Edit => ({ put: annotations, remove: [] });
const remove = (...annotations: Annotation[]): Edit => ({ put: [], remove: annotations.map(({ id }) => id) });
const fileOf = (...annotations: Annotation[]): string => annotations.map((one) => `${serialise(one)}\n`).join('');
const read = (folder: string, file = mei): Promise<string> => readFile(join(folder, file), 'utf8');

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

describe('reading', () => {
  it('finds annotations in all files, with where they came from', async () => {
    const [a, b, c, d] = [entityAt(0), entityAt(1), entityAt(2, { doc: 'docs/b.md' }), entityAt(3)];
    const store = await opened(
      await folderWith({
        'labels/mei.jsonl': fileOf(a, b),
        'labels/gold.jsonl': fileOf(c),
        'labels/proposals/rules.jsonl': `\n${fileOf(d)}`,
        'labels/notes.txt': 'no labels',
      }),
    );
    const found = Array.from(store.all(), ({ file, source, line, annotation }) => [file, source, line(), annotation]);
    expect(found).toEqual([
      ['labels/gold.jsonl', 'gold', 1, c],
      ['labels/mei.jsonl', 'annotator', 1, a],
      ['labels/mei.jsonl', 'annotator', 2, b],
      ['labels/proposals/rules.jsonl', 'proposal', 2, d],
    ]);
    expect(store.byDocument('docs/a.md').map(({ annotation }) => annotation)).toEqual([a, b, d]);
    expect(store.own('mei', 'docs/a.md')).toEqual([a, b]);
    expect(store.get(mei, b.id)?.annotation).toEqual(b);
    expect(store.get(mei, d.id)).toBeUndefined();
  });

  it('holds nothing, and makes nothing, where there is no folder', async () => {
    const folder = await temporaryFolder();
    const store = await opened(folder);
    expect([...store.all()]).toEqual([]);
    expect(store.problems()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('reports what it does not understand by file and line, and what it cannot read, and goes on', async () => {
    const folder = await folderWith({ [mei]: `${fileOf(entityAt(0))}{"id"\n\n[]\n` });
    await mkdir(join(folder, 'labels/folder.jsonl'));
    const store = await opened(folder);
    expect(store.problems()).toMatchObject([
      { file: 'labels/folder.jsonl', line: 1, code: 'label-file-unreadable' },
      { file: mei, line: 2, code: 'label-not-json' },
      { file: mei, line: 4, code: 'label-invalid' },
    ]);
    expect([...store.all()]).toHaveLength(1);
    await expect(store.apply('folder', put(entityAt(1)))).rejects.toThrow('labels/folder.jsonl could not be read');
    expect(store.own('folder', 'docs/a.md')).toEqual([]);
  });
});

describe('an edit', () => {
  it('shows at once, is in the sorted file soon, and leaves nothing else but the ignore file', async () => {
    const folder = await folderWith({ [mei]: fileOf(entityAt(0), entityAt(2)) });
    const store = await opened(folder);
    const done = store.apply('mei', { put: [entityAt(1)], remove: [entityAt(0).id] });
    expect(store.own('mei', 'docs/a.md')).toHaveLength(2);
    await done;
    await store.flush();
    expect(await read(folder)).toBe(fileOf(entityAt(1), entityAt(2)));
    expect((await readdir(join(folder, 'labels'))).sort()).toEqual(['.gitignore', 'mei.jsonl']);
    expect(await read(folder, 'labels/.gitignore')).toBe('.*.journal\n.*.lock\n.*.tmp\n');
  });

  it('is in the file without being asked for', async () => {
    const folder = await temporaryFolder();
    const store = await opened(folder);
    await store.apply('mei', put(entityAt(0)));
    await expect.poll(() => read(folder).catch(() => ''), { interval: 5 }).toBe(fileOf(entityAt(0)));
  });

  it('keeps lines of others byte for byte', async () => {
    const strange = Buffer.concat([
      Buffer.from(`\uFEFF{"id"\n {"id":"1", "later":true}\n${serialise(entityAt(3)).replace('"id"', ' "id"')}\n`),
      Buffer.from([0xff, 0x0a, 0x0a]),
      Buffer.from(serialise(entityAt(1)).replace('}', ',"later":1}')),
    ]);
    const folder = await folderWith({ [mei]: '' });
    await writeFile(join(folder, mei), strange);
    const store = await opened(folder);
    await store.apply('mei', put(entityAt(2)));
    await store.flush();
    const lines = strange.toString('latin1').split('\n');
    const now = (await readFile(join(folder, mei))).toString('latin1').split('\n');
    expect(now).toEqual([lines[0], lines[1], lines[5], serialise(entityAt(2)), lines[2], lines[3], lines[4], '']);
  });

  it('that changes nothing writes nothing', async () => {
    const folder = await folderWith({ [mei]: fileOf(entityAt(0)) });
    const store = await opened(folder);
    await store.apply('mei', put(entityAt(0)));
    await store.apply('mei', remove(entityAt(1)));
    expect(await readdir(join(folder, 'labels'))).toEqual(['mei.jsonl']);
  });

  it('is refused in a file with an unresolved merge, which stays as it is', async () => {
    const content = `${fileOf(entityAt(0))}<<<<<<< HEAD\n${fileOf(entityAt(1))}=======\n>>>>>>> b\n`;
    const folder = await folderWith({ [mei]: content });
    const store = await opened(folder);
    await expect(store.apply('mei', put(entityAt(2)))).rejects.toThrow('labels/mei.jsonl:2 is the mark of a merge');
    expect(store.own('mei', 'docs/a.md')).toHaveLength(2);
    await store.flush();
    expect(await read(folder)).toBe(content);
  });

  it('is refused for a name that is no file name', async () => {
    const store = await opened(await temporaryFolder());
    await expect(store.apply('../mei', put(entityAt(0)))).rejects.toThrow("'../mei' cannot be an annotator");
  });

  it('that the disk refuses leaves no trace, and the next one is made', async () => {
    const disk = new SimulatedDisk({ [`/w/${mei}`]: fileOf(entityAt(0)) });
    const store = await opened('/w', { disk });
    const journal = disk.journal.bind(disk);
    disk.journal = () => Promise.reject(new Error('no space left'));
    const [first, second] = [store.apply('mei', remove(entityAt(0))), store.apply('mei', put(entityAt(1)))];
    await expect(first).rejects.toThrow('no space left');
    await expect(second).rejects.toThrow('no space left');
    expect(store.own('mei', 'docs/a.md')).toEqual([entityAt(0)]);
    disk.journal = journal;
    await store.apply('mei', put(entityAt(2)));
    await store.flush();
    expect(disk.text(`/w/${mei}`)).toBe(fileOf(entityAt(0), entityAt(2)));
  });

  it('is safe in the journal while the file cannot be written, and written when it can', async () => {
    const disk = new SimulatedDisk();
    const store = await opened('/w', { disk });
    const write = disk.write.bind(disk);
    disk.write = () => Promise.reject(new Error('no space left'));
    await store.apply('mei', put(entityAt(0)));
    await expect(store.flush()).rejects.toThrow('no space left');
    expect(store.problems()).toMatchObject([{ file: mei, code: 'label-file-unwritten' }]);
    expect(store.problems()[0]?.message).toContain('.journal');
    disk.write = write;
    await store.flush();
    expect(store.problems()).toEqual([]);
    expect(disk.text(`/w/${mei}`)).toBe(fileOf(entityAt(0)));
  });
});

describe('changes by others', () => {
  it('are noticed and told; own ones are not', async () => {
    const folder = await folderWith({ [mei]: fileOf(entityAt(0), entityAt(1)) });
    const told: FileChange[] = [];
    const store = await opened(folder, { onChange: (change) => told.push(change) });
    await store.apply('mei', put(entityAt(2)));
    await store.flush();
    expect(await store.refresh([mei])).toEqual([]);

    const changed = { ...entityAt(1), note: 'sure?' };
    await writeFile(join(folder, mei), fileOf(changed, entityAt(2), entityAt(3)));
    const expected = { file: mei, put: [changed, entityAt(3)], removed: [entityAt(0).id], conflicts: [] };
    expect(await store.refresh([mei])).toEqual([expected]);
    expect(told).toEqual([expected]);
    expect(store.own('mei', 'docs/a.md')).toEqual([changed, entityAt(2), entityAt(3)]);
  });

  it('are told where only a line that is not understood came or went', async () => {
    const folder = await folderWith({ [mei]: fileOf(entityAt(0)) });
    const store = await opened(folder);
    const told = [{ file: mei, put: [], removed: [], conflicts: [] }];
    const whole = await readFile(join(folder, mei), 'utf8');
    await writeFile(join(folder, mei), `${whole}{"id": oops\n`);
    expect(await store.refresh()).toEqual(told);
    expect(await store.refresh()).toEqual([]);
    await writeFile(join(folder, mei), whole);
    expect(await store.refresh()).toEqual(told);
  });

  it('may add and remove files', async () => {
    const folder = await folderWith({ [mei]: fileOf(entityAt(0)) });
    const store = await opened(folder);
    await writeFile(join(folder, 'labels/noor.jsonl'), fileOf(entityAt(1)));
    expect(await store.refresh()).toMatchObject([{ file: 'labels/noor.jsonl', put: [entityAt(1)] }]);
    await rm(join(folder, mei));
    expect(await store.refresh()).toMatchObject([{ file: mei, put: [], removed: [entityAt(0).id] }]);
    expect(await store.refresh(['docs/a.md', 'labels/.mei.jsonl.lock'])).toEqual([]);
  });

  it('are kept when this store writes without having noticed them', async () => {
    const folder = await folderWith({ [mei]: fileOf(entityAt(0)) });
    const told: FileChange[] = [];
    const store = await opened(folder, { onChange: (change) => told.push(change) });
    await writeFile(join(folder, mei), `${fileOf(entityAt(0), entityAt(1))}nonsense\n`);
    await store.apply('mei', put(entityAt(2)));
    await store.flush();
    expect(await read(folder)).toBe(`${fileOf(entityAt(0), entityAt(1))}nonsense\n${fileOf(entityAt(2))}`);
    expect(told).toMatchObject([{ put: [entityAt(1)], removed: [] }]);
    expect(await store.refresh()).toEqual(told);
    expect(await store.refresh()).toEqual([]);
  });

  it('to the same line refuse the edit, and the edits after it', async () => {
    const folder = await folderWith({ [mei]: fileOf(entityAt(0)) });
    const store = await opened(folder);
    const theirs = { ...entityAt(0), note: 'theirs' };
    await writeFile(join(folder, mei), fileOf(theirs));
    const first = store.apply('mei', put({ ...entityAt(0), note: 'ours' }));
    const second = store.apply('mei', put(entityAt(1)));
    await expect(first).rejects.toThrow(ConflictError);
    await expect(first).rejects.toMatchObject({ file: mei, ids: [entityAt(0).id] });
    await expect(second).rejects.toThrow(ConflictError);
    expect(store.own('mei', 'docs/a.md')).toEqual([theirs]);
    await store.apply('mei', put({ ...theirs, note: 'agreed' }));
    await store.flush();
    expect(await read(folder)).toBe(fileOf({ ...theirs, note: 'agreed' }));
  });

  it('to the same line after an acknowledgement are kept beside ours', async () => {
    const path = `/w/${mei}`;
    const [a, b, c] = [entityAt(0), entityAt(1), entityAt(2)];
    const disk = new SimulatedDisk({ [path]: fileOf(a, b, c) });
    const told: FileChange[] = [];
    const store = await opened('/w', { disk, delay: 1e6, onChange: (change) => told.push(change) });
    await store.apply('mei', put({ ...a, note: 'ours' }));
    await store.apply('mei', remove(b));
    await store.apply('mei', put({ ...c, note: 'ours' }));
    disk.overwrite(path, fileOf({ ...a, note: 'theirs' }, { ...b, note: 'theirs' }));
    await store.flush();
    const both = { ...a, note: 'theirs', conflict: [{ ...a, note: 'ours' }] };
    const expected = [both, { ...b, note: 'theirs' }, { ...c, note: 'ours' }];
    expect(disk.text(path)).toBe(fileOf(...expected));
    expect(told).toMatchObject([{ conflicts: [a.id, b.id, c.id] }]);
    expect(store.own('mei', 'docs/a.md')).toEqual(expected);
  });
});

describe('two stores on one folder', () => {
  it('never overwrite each other', async () => {
    const folder = await temporaryFolder();
    const [one, two] = [await opened(folder), await opened(folder)];
    const made = Array.from({ length: 40 }, (_, n) => entityAt(n));
    await Promise.all(made.map((annotation, n) => (n % 2 ? one : two).apply('mei', put(annotation))));
    await Promise.all([one.flush(), two.flush()]);
    expect(await read(folder)).toBe(fileOf(...made));
    await Promise.all([one.refresh(), two.refresh()]);
    expect(one.own('mei', 'docs/a.md')).toEqual(made);
    expect(two.own('mei', 'docs/a.md')).toEqual(made);
  });

  it('agree in the end, whatever is done in which order, and every line made is in the file', async () => {
    const step = fc.record({
      store: fc.nat({ max: 1 }),
      n: fc.nat({ max: 4 }),
      what: fc.constantFrom('put', 'remove', 'wait', 'refresh'),
      note: fc.string({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const disk = new SimulatedDisk();
        const stores = [0, 1].map(() => new LabelStore('/w', 'labels', { disk, delay: 0 }));
        for (const store of stores) await store.open();
        const fresh: Annotation[] = [];
        const edits = steps.map(async ({ store, n, what, note }, index) => {
          const it = stores[store]!;
          // Lines of one store only, and lines that both change.
          const own = entityAt(10 + index);
          if (what === 'put') {
            fresh.push(own);
            await it.apply('mei', put(own));
            await it.apply('mei', put({ ...entityAt(n), note })).catch(mustBeConflict);
          } else if (what === 'remove') await it.apply('mei', remove(entityAt(n))).catch(mustBeConflict);
          else if (what === 'refresh') await it.refresh();
          else await new Promise(setImmediate);
        });
        await Promise.all(edits).catch((error: unknown) => {
          mustBeConflict(error);
          fresh.length = 0;
        });
        for (const store of stores) await store.flush();
        for (const store of stores) await store.refresh();
        const text = disk.text(`/w/${mei}`) ?? '';
        for (const store of stores) expect(fileOf(...store.own('mei', 'docs/a.md'))).toBe(text);
        for (const annotation of fresh) expect(text).toContain(serialise(annotation));
        expect(disk.paths().filter((path) => /\.(journal|lock|tmp)$/.test(path))).toEqual([]);
        for (const store of stores) await store.close();
      }),
      { numRuns: 60 },
    );
  });
});

function mustBeConflict(error: unknown): void {
  expect(error).toBeInstanceOf(ConflictError);
}

describe('a crash', () => {
  it('at any step loses nothing that was acknowledged', async () => {
    const step = fc.record({ n: fc.nat({ max: 3 }), put: fc.boolean(), wait: fc.boolean() });
    const scenario = fc.record({
      steps: fc.array(step, { minLength: 1, maxLength: 6 }),
      budget: fc.nat({ max: 70 }),
      again: fc.nat({ max: 40 }),
      keep: fc.infiniteStream(fc.nat({ max: 1000 })),
    });
    let crashes = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ steps, budget, again, keep }) => {
        const choose = (choices: number): number => keep.next().value! % choices;
        const initial = entityAt(0);
        let disk = new SimulatedDisk({ [`/w/${mei}`]: `{"not":"ours"}\n${fileOf(initial)}` });
        let store = new LabelStore('/w', 'labels', { disk, delay: 0, pid: deadPid });
        await store.open();
        disk.budget = disk.operations + budget;
        /** For each id: what was acknowledged last, and what may have reached the disk since. */
        const acknowledged = new Map<string, string | undefined>([[initial.id, serialise(initial)]]);
        const possible = new Map<string, { raw: string | undefined }[]>();
        for (const [index, { n, put: puts, wait }] of steps.entries()) {
          const annotation = { ...entityAt(n), note: String(index) };
          const raw = puts ? serialise(annotation) : undefined;
          const edit = { raw };
          possible.set(annotation.id, [...(possible.get(annotation.id) ?? []), edit]);
          const done = store.apply('mei', puts ? put(annotation) : remove(annotation)).then(
            () => {
              // The dead acknowledge nothing.
              if (disk.isDead()) return;
              acknowledged.set(annotation.id, raw);
              const later = possible.get(annotation.id)!;
              possible.set(annotation.id, later.slice(later.indexOf(edit) + 1));
            },
            () => undefined,
          );
          if (wait) await done;
        }
        await store.flush().catch(() => undefined);
        crashes += disk.isDead() ? 1 : 0;
        // The next process may die too, while it recovers.
        for (const operations of [again, Infinity]) {
          disk.budget = 0;
          await store.close().catch(() => undefined);
          disk = disk.crash(choose);
          disk.budget = operations;
          store = new LabelStore('/w', 'labels', { disk, delay: 0, pid: deadPid });
          await store.open().catch(() => undefined);
        }
        const lines = (disk.text(`/w/${mei}`) ?? '').split('\n');
        expect(lines[0]).toBe('{"not":"ours"}');
        for (const id of new Set([...acknowledged.keys(), ...possible.keys()])) {
          const found = lines.filter((line) => line.startsWith(`{"id":"${id}"`));
          expect(found.length).toBeLessThanOrEqual(1);
          const allowed = [acknowledged.get(id), ...(possible.get(id) ?? []).map(({ raw }) => raw)];
          expect(allowed).toContain(found[0]);
        }
        expect(store.problems()).toMatchObject([{ code: 'label-invalid', line: 1 }]);
        expect(disk.paths().filter((path) => /\.(journal|tmp)$/.test(path))).toEqual([]);
      }),
      { numRuns: 250 },
    );
    expect(crashes).toBeGreaterThan(50);
  });

  it('leaves the journal of a living window alone', async () => {
    const disk = new SimulatedDisk();
    const one = await opened('/w', { disk, delay: 1e6 });
    await one.apply('mei', put(entityAt(0)));
    const two = await opened('/w', { disk });
    await two.apply('mei', put(entityAt(1)));
    await two.flush();
    expect(disk.text(`/w/${mei}`)).toBe(fileOf(entityAt(1)));
    await one.flush();
    expect(disk.text(`/w/${mei}`)).toBe(fileOf(entityAt(0), entityAt(1)));
  });

  it('of the disk in a journal is told, and what can be read is kept', async () => {
    const disk = new SimulatedDisk();
    const dead = new LabelStore('/w', 'labels', { disk, delay: 1e6, pid: deadPid });
    await dead.open();
    await dead.apply('mei', put(entityAt(0)));
    await dead.apply('mei', put(entityAt(1)));
    const journal = disk.paths().find((path) => path.endsWith('.journal'))!;
    disk.overwrite(journal, `garbage${disk.text(journal)!}`);
    const store = await opened('/w', { disk });
    expect(disk.text(`/w/${mei}`)).toBe(fileOf(entityAt(1)));
    expect(store.problems()).toMatchObject([{ code: 'label-journal-damaged' }]);
    expect(disk.text(`/w/${store.problems()[0]!.file}`)).toContain('garbage');
    disk.budget = 0;
  });

  it('with the lock in hand does not keep others from writing', async () => {
    for (const [holder, modified] of [
      [newWriter(deadPid).name, Date.now()],
      [newWriter().name, Date.now() - 60_000],
      ['', Date.now() - 5_000],
    ] as const) {
      const folder = await folderWith({ 'labels/.mei.jsonl.lock': holder });
      await utimes(join(folder, 'labels/.mei.jsonl.lock'), modified / 1000, modified / 1000);
      const store = await opened(folder);
      await store.apply('mei', put(entityAt(0)));
      await store.flush();
      expect(await read(folder)).toBe(fileOf(entityAt(0)));
      expect((await readdir(join(folder, 'labels'))).sort()).toEqual(['.gitignore', 'mei.jsonl']);
    }
  });

  it('leaves no half-written file behind', async () => {
    const folder = await folderWith({ [`labels/.mei.jsonl.${newWriter(deadPid).name}.tmp`]: '{"id"' });
    await opened(folder);
    expect(await readdir(join(folder, 'labels'))).toEqual([]);
  });
});

it('a lock that another window holds is waited for', async () => {
  const folder = await folderWith({ 'labels/.mei.jsonl.lock': newWriter().name });
  const store = await opened(folder);
  await store.apply('mei', put(entityAt(0)));
  const written = store.flush();
  await new Promise((resolve) => setTimeout(resolve, 60));
  await expect(read(folder)).rejects.toThrow('ENOENT');
  await rm(join(folder, 'labels/.mei.jsonl.lock'));
  await written;
  expect(await read(folder)).toBe(fileOf(entityAt(0)));
});
