import { afterAll, beforeAll, expect, test } from 'vitest';
import { actionNames, defaultKeys } from '../../src/labels/panel-keys.js';
import { actionTitles, showKey } from '../../webview/keys.js';
import { startStage, type PanelPage, type Stage } from './harness.js';
import { rich, viewOf } from './views.js';

let stage: Stage;
let panel: PanelPage;

beforeAll(async () => {
  stage = await startStage();
  panel = await stage.open();
  await panel.show(viewOf(rich()));
  // The ends of a relation can be changed when it is selected.
  await panel.page
    .locator('side-list')
    .getByRole('button', { name: /^worksFor/ })
    .click();
});
afterAll(async () => {
  expect(panel.problems).toEqual([]);
  await stage.close();
});

test.each(actionNames)('the action %s has a control whose tooltip shows its key', async (name) => {
  const titles = await panel.page
    .locator('[title]')
    .evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.getAttribute('title') ?? ''));
  const key = `(${showKey(defaultKeys[name])})`;
  expect(titles.filter((title) => title.endsWith(key))).not.toEqual([]);
  // And the overlay of keys lists it, by the same words.
  const help = await panel.page.locator('key-help dl').allTextContents();
  expect(help.join(' ').replace(/\s+/g, ' ')).toContain(actionTitles[name]);
});

test('the controls do what the keys do', async () => {
  const press = (title: string): Promise<void> => panel.page.locator(`[title^="${title}"]`).first().click();
  await press(actionTitles.retargetTail);
  expect(await panel.page.locator('selection-layer .hint').count()).toBeGreaterThan(0);
  await panel.page.keyboard.press('Escape');
  await press(actionTitles.acceptSuggestions);
  await panel.page.locator('bulk-bar').waitFor();
  await panel.page.keyboard.press('Escape');
  await press(actionTitles.visibility);
  expect(await panel.page.locator('.guide').innerText()).toContain('Show or hide');
  await panel.page.keyboard.press('Escape');
  await press(actionTitles.guidelines);
  expect(await panel.posted()).toContainEqual({ type: 'guidelines', open: true });
});

test('the overlay says how to select by character, by keyboard and by mouse', async () => {
  const help = (await panel.page.locator('key-help dd').allTextContents()).join('\n');
  expect(help).toContain('Word by word; with Shift extends, with Alt by character');
  expect(help).toContain('Select words; with Alt by character');
});
