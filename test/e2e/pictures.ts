import path from 'node:path';
import { it } from 'vitest';
import { repository } from '../../scripts/install.mjs';
import { shrink } from '../../scripts/shrink.mjs';
import { launch, type Editor } from './harness/editor.js';
import { scratchWorkspace } from './harness/workspace.js';

async function keep(editor: Editor, name: string): Promise<void> {
  const file = path.join(repository, 'docs', `${name}.png`);
  await editor.screenshot(file);
  await shrink(file);
}

/** Pictures of the panel in a real VS Code, for the documentation: with labels, a relation and suggestions in view. */
for (const [theme, name] of [
  ['light', 'panel'],
  ['dark', 'panel-dark'],
  ['high contrast', 'panel-high-contrast'],
] as const) {
  it(`draws docs/${name}.png`, async () => {
    const workspace = await scratchWorkspace();
    const editor = await launch({
      workspace: workspace.folder,
      env: { MARGINALIA_OPEN: '1' },
      settings: { 'marginalia.annotator': 'tomas' },
      theme,
      viewport: { width: 1360, height: 860 },
    });
    try {
      const panel = await editor.panel();
      await panel.locator('passage-text').waitFor();
      await panel.getByText('engine ready').waitFor({ timeout: 120_000 });
      await editor.command('View: Show Marginalia');
      // A passage of the sample with several relations, that its annotator has labelled.
      await editor.command('Marginalia: Go to Passage…');
      await editor.page.locator('.quick-input-title', { hasText: 'Go to Passage' }).waitFor();
      await editor.page.keyboard.type('Ruth Ottaway has signed with Quillmark');
      await editor.page
        .locator('.quick-input-widget .monaco-list-row', { hasText: 'Ruth Ottaway has signed' })
        .waitFor();
      await editor.page.keyboard.press('Enter');
      await panel.locator('arc-layer .label').nth(2).waitFor();
      await panel.locator('passage-text').click();
      await editor.page.keyboard.press('j');
      // Off the text, where it would lift an arc.
      await editor.page.mouse.move(200, 17);
      await editor.page.waitForTimeout(1500);
      await keep(editor, name);
    } finally {
      await editor.dispose();
      await workspace.dispose();
    }
  });
}

it('draws docs/progress.png', async () => {
  const workspace = await scratchWorkspace();
  const editor = await launch({
    workspace: workspace.folder,
    settings: { 'marginalia.annotator': 'ada', 'marginalia.target': 0.8 },
    viewport: { width: 1360, height: 1000 },
  });
  try {
    await editor.command('Marginalia: Show Progress');
    const page = await editor.panel();
    // The estimates are made when the engine has nothing else to do.
    await page.locator('plot-figure svg').nth(2).waitFor({ timeout: 240_000 });
    await page.getByText('The scores are').waitFor({ state: 'hidden', timeout: 240_000 });
    await keep(editor, 'progress');
  } finally {
    await editor.dispose();
    await workspace.dispose();
  }
});
