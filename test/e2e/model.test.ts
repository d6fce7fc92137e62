import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish, startHub, type Hub } from '../fixtures/hub.js';
import { writeTinyModel } from '../unit/embedding/tiny-model.js';
import { launch, type Editor } from './harness/editor.js';
import { scratchWorkspace, type ScratchWorkspace } from './harness/workspace.js';

const PATIENCE = 60_000;
const id = 'owner/tiny';

/** From the command to a model in use: nothing reaches the hub before the person agrees. */
describe('choosing a model of the hub in VS Code', () => {
  let hub: Hub;
  let workspace: ScratchWorkspace;
  let editor: Editor;

  beforeAll(async () => {
    hub = await startHub();
    const { folder } = await writeTinyModel({ maxPieces: 128 });
    await publish(hub, id, folder);
    await rm(folder, { recursive: true });
    workspace = await scratchWorkspace();
    editor = await launch({
      workspace: workspace.folder,
      settings: { 'marginalia.annotator': 'tester', 'marginalia.hubHost': hub.host },
    });
    const statusBar = editor.page.locator('.part.statusbar').getByText(/62\/492 labelled/);
    await statusBar.first().waitFor({ timeout: PATIENCE });
  });
  afterAll(async () => {
    await editor.dispose();
    await workspace.dispose();
    await hub.close();
  });

  const eventually = <T>(read: () => Promise<T> | T): ReturnType<typeof expect.poll<T>> =>
    expect.poll(read, { timeout: PATIENCE, interval: 100 });
  const answer = async (question: string, button: string): Promise<void> => {
    const dialog = editor.page.locator('.monaco-dialog-box').filter({ hasText: question });
    await dialog.getByRole('button', { name: button, exact: true }).click({ timeout: PATIENCE });
    await dialog.waitFor({ state: 'hidden' });
  };
  const choose = async (): Promise<void> => {
    await editor.command('Marginalia: Choose Model…');
    const input = editor.page.locator('.quick-input-widget:visible');
    await input.locator('input[type=text]').fill('another hub');
    await input.locator('.monaco-list-row.focused').filter({ hasText: 'Another Hub Id…' }).waitFor();
    await editor.page.keyboard.press('Enter');
    await input.locator('input[placeholder="owner/name"]').waitFor();
    await editor.page.keyboard.type(id);
    await editor.page.keyboard.press('Enter');
  };

  it('asks nobody when the person says no', async () => {
    await choose();
    await answer(`about the model ${id}?`, 'Cancel');
    expect(hub.requests).toEqual([]);
  });

  it('asks, downloads, checks and takes over, while the labels stay', async () => {
    await choose();
    await answer(`about the model ${id}?`, 'Ask');
    const dialog = editor.page.locator('.monaco-dialog-box').filter({ hasText: `Download the model ${id}?` });
    await dialog.waitFor({ timeout: PATIENCE });
    expect(new Set(hub.requests.map(({ method }) => method))).toEqual(new Set(['HEAD']));
    expect(await dialog.innerText()).toMatch(/From: 127\.0\.0\.1:\d+.*Files: config\.json.*Size: \d+ MB.*To: /s);
    await answer(`Download the model ${id}?`, 'Download');

    await eventually(() => editor.log()).toMatch(/Model 'owner\/tiny' on the (native|wasm) runtime/);
    expect(await editor.log()).toMatch(/owner\/tiny is downloaded and checked/);
    await eventually(() => editor.statusBar().then((items) => items.join(' '))).toMatch(/62\/492 labelled/);
    const settings = await readFile(path.join(workspace.folder, '.vscode/settings.json'), 'utf8');
    expect(JSON.parse(settings)).toMatchObject({ 'marginalia.model': id });
    expect(await readdir(path.join(workspace.folder, 'labels'))).not.toContain('tester.jsonl');
    expect(await editor.problems()).not.toEqual(expect.arrayContaining([expect.stringMatching(/model/)]));
  });
});
