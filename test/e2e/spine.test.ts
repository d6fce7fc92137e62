import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Annotation } from '../../src/labels/annotation.js';
import { launch, type Editor } from './harness/editor.js';
import { scratchWorkspace, type ScratchWorkspace } from './harness/workspace.js';

const PATIENCE = 60_000;

/** One story, told in order: from the first passage to labels on disk, a better queue, and a killed engine. */
describe('labelling the sample in VS Code 1.100, by keyboard', () => {
  let workspace: ScratchWorkspace;
  let editor: Editor;
  let panel: Frame;

  beforeAll(async () => {
    workspace = await scratchWorkspace();
    editor = await launch({
      workspace: workspace.folder,
      env: { MARGINALIA_OPEN: '1' },
      settings: { 'marginalia.annotator': 'tester' },
      // The same story with the packaged extension: MARGINALIA_VSIX=FILE npm test -- e2e
      ...(process.env['MARGINALIA_VSIX'] !== undefined && { extension: process.env['MARGINALIA_VSIX'] }),
    });
    panel = await editor.panel();
    await panel.locator('passage-text').waitFor({ timeout: PATIENCE });
  });
  afterAll(async () => {
    await editor.dispose();
    await workspace.dispose();
  });

  const labels = async (): Promise<Annotation[]> => {
    const text = await readFile(path.join(workspace.folder, 'labels/tester.jsonl'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Annotation.parse(JSON.parse(line)));
  };
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await editor.page.keyboard.press(key);
  };
  const passage = (): Promise<string> => panel.locator('button.source').innerText();
  const eventually = <T>(read: () => Promise<T> | T): ReturnType<typeof expect.poll<T>> =>
    expect.poll(read, { timeout: PATIENCE, interval: 100 });

  it('opens on the passage in doubt, with the queue beside it', async () => {
    await panel.getByText('62 of 492').waitFor({ timeout: PATIENCE });
    expect(await editor.statusBar()).toEqual(expect.arrayContaining([expect.stringMatching(/62\/492/)]));
  });

  it('labels two entities and a relation, each a line on disk', async () => {
    // The first two words of the passage, whatever it is.
    await press('Control+Home', 'Home', 'p');
    await eventually(async () => (await labels()).map(({ type }) => type)).toEqual(['entity']);
    await press('Escape', 'ArrowRight', 'ArrowRight', 'o');
    await eventually(async () => (await labels()).filter(({ type }) => type === 'entity').length).toBe(2);
    // From the person: its relation's key, then the hint of the only allowed tail.
    await press('k', 'w', 'a');
    await eventually(async () => (await labels()).find(({ type }) => type === 'relation')?.type).toBe('relation');

    const written = await labels();
    const entities = written.filter((line) => line.type === 'entity');
    const relation = written.find((line) => line.type === 'relation')!;
    expect(relation).toMatchObject({ label: 'worksFor', by: 'tester' });
    expect(entities.map(({ id }) => id)).toEqual(expect.arrayContaining([relation.head, relation.tail]));
    for (const { spans } of entities) expect(spans[0]!.text).not.toBe('');
  });

  it('undoes and redoes', async () => {
    await press('u');
    await eventually(async () => (await labels()).some(({ type }) => type === 'relation')).toBe(false);
    await press('Shift+U');
    await eventually(async () => (await labels()).some(({ type }) => type === 'relation')).toBe(true);
  });

  it('undoes and redoes what was done before the window was reloaded', async () => {
    const types = async (): Promise<string[]> => (await labels()).map(({ type }) => type).sort();
    await press('u');
    await eventually(types).toEqual(['entity', 'entity']);
    await editor.reload();
    panel = await editor.panel();
    await panel.getByRole('button', { name: /^Undo/ }).and(panel.locator(':enabled')).waitFor({ timeout: PATIENCE });
    await panel.locator('passage-text').click();
    await press('u');
    await eventually(types).toEqual(['entity']);
    await press('Shift+U', 'Shift+U');
    await eventually(types).toEqual(['entity', 'entity', 'relation']);
  });

  it('notices what is changed by hand while the panel is open', async () => {
    const file = path.join(workspace.folder, 'labels/tester.jsonl');
    const whole = await readFile(file, 'utf8');
    const relations = (): Promise<string> => panel.getByRole('heading', { name: /^Relations/ }).innerText();
    await eventually(relations).toMatch(/1/);
    const others = whole.split('\n').filter((line) => !line.includes('"type":"relation"'));
    await writeFile(file, others.join('\n'));
    await eventually(relations).toMatch(/0/);
    await writeFile(file, whole);
    await eventually(relations).toMatch(/1/);
  });

  it('accepts, shows the next passage and ranks anew', async () => {
    const before = await passage();
    await press('2', 'a');
    await eventually(passage).not.toBe(before);
    await eventually(async () => (await labels()).map(({ type }) => type).sort()).toEqual([
      'class',
      'entity',
      'entity',
      'relation',
      'review',
    ]);
    const review = (await labels()).find((line) => line.type === 'review')!;
    expect(review).toMatchObject({ answer: 'accept', query: { strategy: 'diverse-margin' } });
    expect(review.scope).toContain('worksFor');
    // Answered from a queue that was ranked on the labels of the sample alone; the next one knows ours.
    await eventually(() => editor.statusBar().then((items) => items.join(' '))).toMatch(/63\/492/);
    await press('s');
    await eventually(async () => {
      await press('s');
      const states = (await labels()).flatMap((line) => (line.type === 'review' ? [line.query?.state] : []));
      return new Set(states).size;
    }).toBeGreaterThan(1);
  });

  it('goes on when the engine is killed', async () => {
    const pids = async (): Promise<number[]> =>
      [...(await editor.log()).matchAll(/Engine started, pid (\d+)/g)].map(([, pid]) => Number(pid));
    const started = await pids();
    // Those of windows that were reloaded have ended.
    const running = started.filter(isRunning);
    expect(running).toHaveLength(1);
    const count = (await labels()).length;
    process.kill(running[0]!, 'SIGKILL');
    await press('s');
    await eventually(async () => (await labels()).length).toBeGreaterThan(count);
    await eventually(async () => (await pids()).length).toBe(started.length + 1);
    const shown = await passage();
    await press('a');
    await eventually(passage).not.toBe(shown);
    await eventually(() => editor.statusBar().then((items) => items.join(' '))).toMatch(/\d+\/492 labelled/);
    expect(await editor.problems()).not.toEqual(expect.arrayContaining([expect.stringMatching(/label/)]));
  });

  it('labels the selection of a text editor', async () => {
    await editor.openFile('notices/town.txt');
    await editor.page.locator('.editor-instance .view-lines').click();
    await press('Control+Home', 'Control+Shift+ArrowRight');
    await editor.command('Marginalia: Label Selection');
    await editor.page.locator('.quick-input-widget:visible').getByText('Place', { exact: true }).click();
    await eventually(async () => (await labels()).find(({ doc }) => doc === 'notices/town.txt')).toMatchObject({
      type: 'entity',
      label: 'Place',
      spans: [{ start: 0, end: 10, text: 'Brackwater' }],
    });
  });

  it('shows a label line that is not JSON among the problems, and keeps it', async () => {
    const file = path.join(workspace.folder, 'labels/mei.jsonl');
    await appendFile(file, '{"id": oops\n');
    await eventually(async () => (await editor.problems()).join('\n')).toMatch(/not JSON/);
    expect(await readFile(file, 'utf8')).toMatch(/\{"id": oops\n$/);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
