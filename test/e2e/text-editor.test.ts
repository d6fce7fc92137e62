import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Annotation } from '../../src/labels/annotation.js';
import { launch, type Editor } from './harness/editor.js';
import { scratchWorkspace, type ScratchWorkspace } from './harness/workspace.js';

/** Milliseconds that the engine may take to be ready, and anything else after that, on a slow machine. */
const START = 120_000;
const PATIENCE = 20_000;

/** Labelling without the panel: from what the model asks to labels that go with the text. */
describe('the text editor of a corpus file, by keyboard', () => {
  let workspace: ScratchWorkspace;
  let editor: Editor;

  beforeAll(async () => {
    workspace = await scratchWorkspace();
    editor = await launch({ workspace: workspace.folder, settings: { 'marginalia.annotator': 'tester' } });
    const statusBar = editor.page.locator('.part.statusbar').getByText(/62\/492 labelled/);
    await statusBar.first().waitFor({ timeout: START });
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
    await editor.page.locator('.monaco-hover:visible').getByText('Reject', { exact: true }).first().click();
    await eventually(async () => (await labels()).map(({ type }) => type).sort()).toEqual(['entity', 'rejection']);
  });

  it('moves labels with the text that is edited, on disk as soon as that is saved', async () => {
    const labelled = async () =>
      (await labels()).flatMap((line) => (line.type === 'entity' ? [{ ...line.spans[0]!, id: line.id }] : []));
    const [before] = await labelled();
    await editor.page.locator('.editor-instance .view-lines').click();
    await press('Control+Home');
    await editor.page.keyboard.type('Oh \u{1f642}, ');
    expect(await labelled()).toEqual([before]);
    await press('Control+s');
    await eventually(labelled).toEqual([{ ...before, start: before!.start + 6, end: before!.end + 6 }]);
    // The first change after a save is an undo here: of all that was typed.
    await press('Control+z', 'Control+z', 'Control+z', 'Control+z', 'Control+s');
    await eventually(labelled).toEqual([before]);
  });

  it('opens the passage at the cursor in the panel, and goes back to the text', async () => {
    await editor.page.locator('.editor-instance .view-lines').click();
    await press('Control+End', 'Control+Alt+e');
    const panel = await editor.panel();
    const lines = (await readFile(path.join(workspace.folder, 'notices/town.txt'), 'utf8')).trimEnd().split('\n');
    await eventually(() => panel.locator('button.source').innerText()).toMatch(
      new RegExp(`notices/town\\.txt.*${lines.length}`),
    );
    await panel.locator('passage-text').click();
    await press('e');
    await editor.page.locator('.tab.active[data-resource-name="town.txt"]').waitFor({ timeout: PATIENCE });
    const cursor = editor.page.locator('.part.statusbar').getByText(new RegExp(`Ln ${lines.length}, Col`));
    await cursor.waitFor({ timeout: PATIENCE });
  });
});
