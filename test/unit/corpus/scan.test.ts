import {
  appendFileSync,
  chmodSync,
  createWriteStream,
  existsSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { corpusFiles, documentsOf, loadDocument, ruleFor, scanCorpus, scanFile } from '../../../src/corpus/scan.js';
import { corpus, places, scanned, workspace } from './workspace.js';

describe('the files of a corpus', () => {
  it('are found by pattern, in the order of code points', async () => {
    const folder = workspace({
      'b.md': 'x',
      'a.md': 'x',
      'docs/z/y.md': 'x',
      'docs/a.md': 'x',
      'docs-2/a.md': 'x',
      '\u{1f388}.md': 'x',
      '\uff5e.md': 'x',
      'c.txt': 'x',
    });
    const { files, matches } = await corpusFiles(
      folder,
      corpus(['docs/**/*.md', './*.md', 'nothing/*.md', 'docs/a.md']),
    );
    expect(files).toEqual(['a.md', 'b.md', 'docs/a.md', 'docs/z/y.md', '\uff5e.md', '\u{1f388}.md']);
    expect(matches).toEqual([2, 4, 0, 1]);
  });

  it('leave out hidden folders, node_modules and what is excluded', async () => {
    const folder = workspace({
      'a.md': 'x',
      '.git/a.md': 'x',
      '.notes/a.md': 'x',
      'node_modules/p/README.md': 'x',
      'docs/drafts/a.md': 'x',
      'docs/b.md': 'x',
      'labels/a.md': 'x',
    });
    const config = corpus(['**/*.md'], ['**/drafts/**', 'labels']);
    expect((await corpusFiles(folder, config)).files).toEqual(['a.md', 'docs/b.md']);
    const inCorpus = (file: string) => ruleFor(file, config) !== undefined;
    expect(inCorpus('docs/b.md')).toBe(true);
    expect(['.git/a.md', 'node_modules/p/README.md', 'docs/drafts/a.md', 'labels/a.md'].some(inCorpus)).toBe(false);
  });

  it('follow links once, and no loops', async () => {
    const folder = workspace({ 'z/real.md': 'x', 'z/deep/b.md': 'x' });
    const outside = workspace({ 'far.md': 'x' });
    symlinkSync(path.join(folder, 'z'), path.join(folder, 'a'));
    symlinkSync(folder, path.join(folder, 'z', 'loop'));
    symlinkSync(path.join(folder, 'z', 'real.md'), path.join(folder, 'link.md'));
    symlinkSync(outside, path.join(folder, 'outside'));
    const { files } = await corpusFiles(folder, corpus(['**/*.md']));
    expect(files).toEqual(['outside/far.md', 'z/deep/b.md', 'z/real.md']);
  });

  it('report a link that leads nowhere, if it is asked for', async () => {
    const folder = workspace({ 'a.md': 'x' });
    symlinkSync('gone', path.join(folder, 'b.md'));
    symlinkSync('gone', path.join(folder, 'b.txt'));
    const { problems, documents } = await scanned(folder, corpus(['*.md']));
    expect(documents).toHaveLength(1);
    expect(places(problems)).toEqual(['b.md:1 unreadable']);
  });

  it('read each file by the first rule that matches', () => {
    const config = corpus([
      { include: 'a/*.jsonl', text: 'first' },
      { include: '**/*.jsonl', text: 'second' },
    ]);
    expect(ruleFor('a/x.jsonl', config)?.text).toBe('first');
    expect(ruleFor('b/x.jsonl', config)?.text).toBe('second');
    expect(ruleFor('b/x.csv', config)).toBeUndefined();
  });
});

describe('text files', () => {
  it('are read without byte-order mark and with line feeds', async () => {
    const folder = workspace({ 'a.txt': '\ufeffone\r\ntwo\rthree\n' });
    const { documents } = await scanned(folder, corpus(['*.txt']));
    expect(documents.map(({ text }) => text)).toEqual(['one\ntwo\nthree\n']);
    expect(documents[0]!.ref).toEqual({ id: 'a.txt', file: 'a.txt', kind: 'text', start: 0, end: 18, line: 1 });
    expect((await loadDocument(folder, corpus(['*.txt']), documents[0]!.ref))?.text).toBe('one\ntwo\nthree\n');
  });

  it('that are no text are reported, and the rest goes on', async () => {
    const latin1 = (text: string) => Buffer.from(text, 'latin1');
    const folder = workspace({
      'a.txt': 'fine',
      'binary.txt': 'a\0b',
      'empty.txt': '',
      'latin.txt': latin1('one\r\ntwo\rcaf\xe9\n'),
      'mark.txt': '\ufeff\n',
      'utf16.txt': Buffer.from('\ufeffhello', 'utf16le'),
      'overlong.txt': Buffer.from([0x61, 0x0a, 0xc0, 0xaf]),
      'surrogate.txt': Buffer.from([0x61, 0xed, 0xa0, 0x80]),
      'cut.md': Buffer.from('a\n\nb🎈').subarray(0, -1),
      'records.jsonl': '',
      'records.csv': 'a\0b',
    });
    const { documents, problems } = await scanned(folder, corpus(['*']));
    expect(documents.map(({ ref }) => ref.id)).toEqual(['a.txt']);
    expect(places(problems)).toEqual([
      'binary.txt:1 binary-file',
      'cut.md:3 invalid-utf8',
      'empty.txt:1 empty-file',
      'latin.txt:3 invalid-utf8',
      'mark.txt:1 empty-file',
      'overlong.txt:2 invalid-utf8',
      'records.csv:1 binary-file',
      'records.jsonl:1 empty-file',
      'surrogate.txt:1 invalid-utf8',
      'utf16.txt:1 binary-file',
    ]);
    expect(problems.at(-1)?.message).toContain('UTF-16');
  });

  it('of more than 50 MB are left out', async () => {
    const folder = workspace({ 'a.txt': 'x', 'b.txt': 'x' });
    truncateSync(path.join(folder, 'b.txt'), 50_000_001);
    const { documents, problems } = await scanned(folder, corpus(['*.txt']));
    expect(documents.map(({ ref }) => ref.id)).toEqual(['a.txt']);
    expect(places(problems)).toEqual(['b.txt:1 file-too-large']);
  });

  it('and folders without permission are reported', async () => {
    const folder = workspace({ 'a.txt': 'x', 'b.txt': 'x', 'c/d.txt': 'x', 'e.jsonl': '{"text":"x"}' });
    chmodSync(folder, 0o755);
    for (const file of ['b.txt', 'c', 'e.jsonl']) chmodSync(path.join(folder, file), 0);
    // Nothing is unreadable to root.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    const { documents, problems } = await scanned(folder, corpus(['**/*'])).finally(() => {
      if (isRoot) process.seteuid?.(0);
    });
    chmodSync(path.join(folder, 'c'), 0o700);
    expect(documents.map(({ ref }) => ref.id)).toEqual(['a.txt']);
    expect(places(problems).sort()).toEqual(['b.txt:1 unreadable', 'c:1 unreadable', 'e.jsonl:1 unreadable']);
  });

  it('report a workspace that is not there', async () => {
    const { documents, problems } = await scanned(path.join(workspace({}), 'gone'), corpus(['**/*']));
    expect(documents).toEqual([]);
    expect(places(problems)).toEqual(['.:1 unreadable']);
  });
});

describe('one file', () => {
  it('is scanned by itself, and not at all where it is not of the corpus', async () => {
    const folder = workspace({ 'a.jsonl': '{"text":"one"}\n{"text":"two"}\n', 'b.txt': 'x' });
    const config = corpus(['*.jsonl']);
    const refs = await documentsOf(folder, 'a.jsonl', config);
    expect(refs.map(({ start, end, line }) => [start, end, line])).toEqual([
      [0, 14, 1],
      [15, 29, 2],
    ]);
    expect(
      (await Promise.all(refs.map((ref) => loadDocument(folder, config, ref)))).map((loaded) => loaded?.text),
    ).toEqual(['one', 'two']);
    expect(await documentsOf(folder, 'b.txt', config)).toEqual([]);
    expect(await documentsOf(folder, 'gone.jsonl', config)).toEqual([]);
  });

  it('is no longer loaded when it is gone or another kind', async () => {
    const folder = workspace({ 'a.txt': 'x' });
    const config = corpus(['*']);
    const [ref] = await documentsOf(folder, 'a.txt', config);
    renameSync(path.join(folder, 'a.txt'), path.join(folder, 'b.txt'));
    expect(await loadDocument(folder, config, ref!)).toBeUndefined();
    writeFileSync(path.join(folder, 'a.txt'), 'a\0');
    expect(await loadDocument(folder, config, ref!)).toBeUndefined();
    writeFileSync(path.join(folder, 'a.txt'), 'y');
    expect((await loadDocument(folder, config, ref!))?.text).toBe('y');
    expect(await loadDocument(folder, corpus(['*.md']), ref!)).toBeUndefined();
  });
});

describe('a scan', () => {
  it('stops when it is aborted', async () => {
    const folder = workspace({ 'a.jsonl': '{"text":"one"}\n', 'b.jsonl': '{"text":"two"}\n' });
    const config = corpus(['*.jsonl']);
    const controller = new AbortController();
    const seen: string[] = [];
    const run = async () => {
      for await (const { text } of scanCorpus(folder, config, { signal: controller.signal })) {
        seen.push(text);
        controller.abort();
      }
    };
    await expect(run()).rejects.toThrow(/abort/i);
    expect(seen).toEqual(['one']);
    await expect(scanFile(folder, 'a.jsonl', config, undefined, controller.signal).next()).rejects.toThrow(/abort/i);
  });

  it.runIf(existsSync('/proc/self/fd'))('closes the file when it is left early', async () => {
    const folder = workspace({ 'a.jsonl': '{"text":"one"}\n{"text":"two"}\n' });
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let i = 0; i < 20; i++) {
      for await (const document of scanCorpus(folder, corpus(['*.jsonl']))) {
        expect(document.text).toBe('one');
        break;
      }
    }
    expect(open()).toBeLessThan(before + 10);
  });

  it('passes over a line of 120 MB, which it does not keep', async () => {
    const folder = workspace({ 'a.jsonl': `{"text":"one"}\n{"text":"${'x'.repeat(10_000)}` });
    // The rest of the line is NUL, which costs no space on disk.
    truncateSync(path.join(folder, 'a.jsonl'), 120_000_000);
    appendFileSync(path.join(folder, 'a.jsonl'), '\n{"text":"two"}\n');
    const { documents, problems } = await scanned(folder, corpus(['*.jsonl']));
    expect(documents.map(({ text, ref }) => [text, ref.line])).toEqual([
      ['one', 1],
      ['two', 3],
    ]);
    expect(places(problems)).toEqual(['a.jsonl:1 large-file', 'a.jsonl:2 line-too-long']);
    expect(problems[0]?.severity).toBe('information');
  });

  it.each(['jsonl', 'csv'])('of a large file of %s stays small', async (kind) => {
    const folder = workspace({});
    const file = createWriteStream(path.join(folder, `a.${kind}`));
    const filler = 'The gauge at the weir had stopped sending at ten to one. '.repeat(24);
    const record = (i: number): string => {
      const id = `a-rather-long-id-${i}`;
      return kind === 'csv' ? `${id},${i} ${filler}\n` : `${JSON.stringify({ id, text: `${i} ${filler}` })}\n`;
    };
    const records = 44_000;
    file.write(kind === 'csv' ? 'id,text\n' : '');
    for (let i = 0; i < records; i += 1000) {
      const lines = Array.from({ length: 1000 }, (_, k) => record(i + k));
      if (!file.write(lines.join(''))) await once(file, 'drain');
    }
    file.end();
    await once(file, 'finish');
    expect(file.bytesWritten).toBeGreaterThan(60_000_000);

    // What is alive counts, not what has yet to be collected.
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect !== 'function') throw new Error('This Node does not expose its collector.');
    const alive = (): number => {
      Reflect.apply(collect, undefined, []);
      return process.memoryUsage().heapUsed;
    };
    let count = 0;
    let most = 0;
    const before = alive();
    for await (const document of scanCorpus(folder, corpus([{ include: 'a.*', id: 'id' }]))) {
      if (document.text.length > 0) count++;
      if (count % 4000 === 0) most = Math.max(most, alive() - before);
    }
    expect(count).toBe(records);
    expect(most).toBeLessThan(20_000_000);
  });
});
