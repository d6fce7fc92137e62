import path from 'node:path';
import { it } from 'vitest';
import { repository } from '../../scripts/install.mjs';
import { launch } from './harness/editor.js';
import { scratchWorkspace } from './harness/workspace.js';

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
      settings: { 'marginalia.annotator': 'ada' },
      theme,
      viewport: { width: 1360, height: 860 },
    });
    try {
      const panel = await editor.panel();
      await panel.locator('passage-text').waitFor();
      await panel.getByText('engine ready').waitFor({ timeout: 120_000 });
      await editor.command('View: Show Marginalia');
      // Onwards to a passage in which the model has something to suggest.
      for (let i = 0; i < 12 && (await panel.locator('side-list .suggestion').count()) === 0; i++) {
        await panel.locator('passage-text').click();
        await editor.page.keyboard.press(']');
      }
      await panel.locator('passage-text').click();
      for (const key of ['Home', 'y', 'y']) await editor.page.keyboard.press(key);
      await editor.page.waitForTimeout(1500);
      await editor.screenshot(path.join(repository, 'docs', `${name}.png`));
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
    await editor.screenshot(path.join(repository, 'docs', 'progress.png'));
  } finally {
    await editor.dispose();
    await workspace.dispose();
  }
});
