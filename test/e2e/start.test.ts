import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseProject } from '../../src/labels/project.js';
import { launch, type Editor } from './harness/editor.js';
import { scratchWorkspace, type ScratchWorkspace } from './harness/workspace.js';
import { temporaryFolder } from '../../scripts/sample.mjs';

const PATIENCE = 60_000;

/** From a folder with texts and no project to the first verdict. */
describe('starting in a folder without a project', () => {
  let workspace: ScratchWorkspace;
  let editor: Editor;

  beforeAll(async () => {
    const texts = await temporaryFolder();
    await mkdir(path.join(texts, 'data'));
    const letters = [
      'Dear council, the bridge at Dunmarsh is closed.',
      'Ines Moray thanks the harbour trust for the new light.',
      'The survey of the western channel begins on Monday.',
    ];
    const records = letters.map((letter, i) => JSON.stringify({ uid: `u${i}`, title: `Letter ${i}`, body: letter }));
    await writeFile(path.join(texts, 'data', 'letters.jsonl'), `${records.join('\n')}\n`);
    await writeFile(path.join(texts, 'README.md'), 'About these letters.');
    workspace = await scratchWorkspace(texts);
    editor = await launch({ workspace: workspace.folder, settings: { 'marginalia.annotator': 'tester' } });
  });
  afterAll(async () => {
    await editor.dispose();
    await workspace.dispose();
  });

  const step = async (title: string): Promise<void> => {
    await editor.page.locator('.quick-input-titlebar', { hasText: title }).waitFor({ timeout: PATIENCE });
  };

  it('the queue says what to do, and the walkthrough opens', async () => {
    await editor.command('View: Show Marginalia');
    await editor.page.getByRole('button', { name: 'Create Project' }).first().waitFor({ timeout: PATIENCE });
    await editor.command('Marginalia: Get Started');
    await editor.page.getByText('Try it on invented texts').first().waitFor({ timeout: PATIENCE });
    await editor.page.getByText('Make a project of your own texts').first().waitFor();
  });

  it('guesses are confirmed one by one, a step back included, and the panel opens on the first passage', async () => {
    const { keyboard } = editor.page;
    await editor.command('Marginalia: Create Project');
    await step('Which texts are labelled?');
    await editor.page.locator('.quick-input-widget').getByText('data/*.jsonl').waitFor();
    await keyboard.press('Enter');
    await step('Which field of data/*.jsonl holds the text?');
    await keyboard.press('Enter');
    await step('names a record?');
    await editor.page.locator('.quick-input-titlebar').getByRole('button', { name: /Back/ }).click();
    await step('holds the text?');
    await keyboard.press('Enter');
    await step('names a record?');
    await keyboard.press('Enter');
    await step('What is labelled?');
    await keyboard.type('Entities and relations');
    await keyboard.press('Enter');
    const panel = await editor.panel();
    await panel.locator('passage-text').waitFor({ timeout: PATIENCE });

    const { project, problems } = parseProject(await readFile(path.join(workspace.folder, 'marginalia.json'), 'utf8'));
    expect(problems).toEqual([]);
    expect(project!.corpus.rules).toEqual([{ include: 'data/*.jsonl', text: 'body', id: 'uid' }]);
    expect(project!.relations.map(({ label }) => label)).toContain('worksFor');
  });

  it('a first verdict is on disk, and after the last one the panel offers what is next', async () => {
    const panel = await editor.panel();
    await panel.locator('passage-text').click();
    for (let i = 0; i < 3; i++) {
      const before = await panel.locator('button.source').innerText();
      await editor.page.keyboard.press('a');
      if (i < 2)
        await expect.poll(() => panel.locator('button.source').innerText(), { timeout: PATIENCE }).not.toBe(before);
    }
    await panel.locator('.notice', { hasText: 'Every passage has been reviewed.' }).waitFor({ timeout: PATIENCE });
    await panel.getByRole('button', { name: 'Show Progress' }).waitFor();
    const labels = await readFile(path.join(workspace.folder, 'labels', 'tester.jsonl'), 'utf8');
    expect(labels.match(/"answer":"accept"/g)).toHaveLength(3);
  });

  it('the walkthrough has ticked off what was done, and opens the sample beside it', async () => {
    await editor.command('Marginalia: Get Started');
    const { page } = editor;
    const done = page.locator('.getting-started-step [role=checkbox][aria-checked=true]');
    await expect.poll(() => done.count(), { timeout: PATIENCE }).toBe(2);
    const opened = page.context().waitForEvent('page', { timeout: PATIENCE });
    await page.getByText('Try it on invented texts').first().click();
    await page.getByRole('button', { name: 'Open Sample' }).first().click();
    const sample = await opened;
    await sample.locator('iframe.webview[src*="extensionId=marginalia.marginalia"]').waitFor({ timeout: PATIENCE });
    await sample.getByText('/492 labelled').waitFor({ timeout: PATIENCE });
    await sample.close();
  });
});
