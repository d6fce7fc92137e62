import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Annotation } from '../../src/labels/annotation.js';
import { launch, type Editor } from './harness/editor.js';
import { scratchWorkspace, type ScratchWorkspace } from './harness/workspace.js';

const PATIENCE = 120_000;

/** Labelling without the panel: from what the model asks to labels that go with the text. */
describe('the text editor of a corpus file, by keyboard', () => {
  let workspace: ScratchWorkspace;
  let editor: Editor;

  beforeAll(async () => {
    workspace = await scratchWorkspace();
    editor = await launch({ workspace: workspace.folder, settings: { 'marginalia.annotator': 'tester' } });
    const statusBar = editor.page.locator('.part.statusbar').getByText(/62\/492 labelled/);
    await statusBar.first().waitFor({ timeout: PATIENCE });
    await editor.openFile('notices/town.txt');
    await editor.page.locator('.editor-instance .view-lines').click();
    await press('Control+Home');
  });
  afterAll(async () => {
    await editor.dispose();
    await workspace.dispose();
  });

  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await editor.page.keyboard.press(key);
  };
  const labels = async (): Promise<Annotation[]> => {
    const text = await readFile(path.join(workspace.folder, 'labels/tester.jsonl'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Annotation.parse(JSON.parse(line)));
  };
  const eventually = <T>(read: () => Promise<T> | T): ReturnType<typeof expect.poll<T>> =>
    expect.poll(read, { timeout: PATIENCE, interval: 100 });
  const hover = (): Promise<string> =>
    editor.page
      .locator('.monaco-hover:visible')
      .allInnerTexts()
      .then((texts) => texts.join('\n'));

  it('goes to what the model asks and says what that is', async () => {
    await press('Alt+F8');
    await eventually(hover).toMatch(/\?\s+— (suggested|in doubt), \d+ %[^]*Accept · Reject · Open in Panel/);
  });

  it('accepts it, and shows whose label it is then', async () => {
    await press('Control+Alt+y');
    await eventually(labels).toMatchObject([
      { type: 'entity', doc: 'notices/town.txt', by: 'tester', origin: { kind: 'suggestion' } },
    ]);
    await eventually(async () => {
      await press('Control+k', 'Control+i');
      return hover();
    }).toMatch(/labelled by tester · a suggestion of \d+ %[^]*Change Label… · Remove · Open in Panel/);
    await press('Escape');
  });

  it('rejects the next, by the link of its hover', async () => {
    await press('Alt+F8');
    await eventually(hover).toMatch(/Accept · Reject/);
    await editor.page.locator('.monaco-hover:visible').getByText('Reject', { exact: true }).click();
    await eventually(async () => (await labels()).map(({ type }) => type).sort()).toEqual(['entity', 'rejection']);
  });

  it('opens the passage at the cursor in the panel, and goes back to the text', async () => {
    await editor.page.locator('.editor-instance .view-lines').click();
    await press('Control+End', 'Control+Alt+e');
    const panel = await editor.panel();
    const lines = (await readFile(path.join(workspace.folder, 'notices/town.txt'), 'utf8')).trimEnd().split('\n');
    await eventually(() => panel.locator('button.source').innerText()).toMatch(
      new RegExp(`notices/town\\.txt.*${lines.length}`),
    );
  });
});
