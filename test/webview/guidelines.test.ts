import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readGuidelines } from '../../src/editor/guidelines-markdown.js';
import type { GuidelinesAnswer } from '../../src/protocol/guidelines.js';
import type { FromPanel } from '../../src/protocol/panel.js';
import { personExamples } from './guidelines-views.js';
import { startStage, type PanelPage, type Stage } from './harness.js';
import { rich, viewOf } from './views.js';

let stage: Stage;
let panel: PanelPage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  panel = await stage.open();
  await panel.show(viewOf(rich()));
});
afterEach(async () => {
  const { problems } = panel;
  await panel.close();
  expect(problems).toEqual([]);
});

const markdown = (text: string): GuidelinesAnswer => ({
  type: 'guidelines',
  guidelines: { file: 'GUIDELINES.md', blocks: readGuidelines(text, 'GUIDELINES.md') },
});
const asked = async (type: FromPanel['type']): Promise<FromPanel[]> =>
  (await panel.posted()).filter((message) => message.type === type);
const pane = () => panel.page.locator('guidelines-pane');
const paneText = async (): Promise<string> =>
  (await pane().evaluate((element) => element.shadowRoot?.textContent ?? '')).replace(/\s+/g, ' ');

describe('guidelines', () => {
  test('a key asks for them, the same key closes them; the keyboard stays with the text', async () => {
    await panel.page.keyboard.press('g');
    expect(await asked('guidelines')).toEqual([{ type: 'guidelines', open: true }]);
    await panel.send(markdown('# How to label\n\nRead *all* of it.'));
    expect(await paneText()).toContain('Read all of it.');
    await panel.page.getByRole('heading', { name: 'How to label', level: 3 }).waitFor();
    await panel.page.keyboard.press('p');
    expect((await panel.actions()).map((action) => action.do)).toContain('entity');
    await panel.page.keyboard.press('g');
    expect(await pane().count()).toBe(0);
    expect((await asked('guidelines')).at(-1)).toEqual({ type: 'guidelines', open: false });
  });

  test('they follow their file without moving what is read', async () => {
    await panel.send(markdown(`${'Text.\n\n'.repeat(200)}Before.`));
    const aside = panel.page.locator('aside.guidelines');
    await aside.evaluate((element) => (element.scrollTop = 500));
    await panel.send(markdown(`${'Text.\n\n'.repeat(200)}After.`));
    expect(await paneText()).toContain('After.');
    expect(await aside.evaluate((element) => element.scrollTop)).toBe(500);
  });

  test('HTML, scripts and images are text; nothing is loaded', async () => {
    const requests: string[] = [];
    panel.page.on('request', (request) => requests.push(request.url()));
    await panel.send(
      markdown(
        '<script>document.title="x"</script>\n\n<img src="https://e.invalid/x.png" onerror="document.title=1">\n\n![map](https://e.invalid/m.png) **a**<b>b</b>',
      ),
    );
    expect(await paneText()).toContain('<script>document.title="x"</script>');
    expect(await paneText()).toContain('▧ map');
    expect(await pane().locator('script, img, b:has-text("b"), iframe').count()).toBe(0);
    expect(await panel.page.title()).toBe('Marginalia');
    expect(requests).toEqual([]);
  });

  test('links go to the host, and a bad one is no link', async () => {
    const at = panel.page.url();
    await panel.send(
      markdown('[good](https://e.org/) [file](other.md) [bad](javascript:document.title=1) [down](#there)\n\n## There'),
    );
    await panel.page.getByRole('link', { name: 'good' }).click();
    await panel.page.getByRole('link', { name: 'file' }).click();
    expect(await asked('link')).toEqual([
      { type: 'link', href: 'https://e.org/' },
      { type: 'link', href: 'other.md' },
    ]);
    expect(await panel.page.getByRole('link', { name: 'bad' }).count()).toBe(0);
    await panel.page.getByRole('link', { name: 'down' }).click();
    expect(await asked('link')).toHaveLength(2);
    expect(panel.page.url()).toBe(at);
    expect(await panel.page.title()).toBe('Marginalia');
  });

  test('why there are none', async () => {
    await panel.send({
      type: 'guidelines',
      guidelines: { blocks: [], notice: 'marginalia.json names no guidelines.' },
    });
    expect(await paneText()).toContain('marginalia.json names no guidelines.');
  });
});

describe('label cards', () => {
  const card = () => panel.page.getByRole('tooltip');
  const button = (name: string) => panel.page.locator(`label-bar button[data-label="${name}"]`);

  test('the pointer on a label shows what it means, with examples, as text', async () => {
    await button('entity Person').hover();
    await card().waitFor();
    expect(await card().innerText()).toContain('A named human being');
    await panel.send({ type: 'examples', labels: personExamples });
    const shown = await card().innerText();
    expect(shown).toContain('7 accepted, such as');
    expect(shown).toContain('…said Ines Moray of the… ×6');
    expect(shown).toContain('<b>Bo</b>');
    await button('relation worksFor').hover();
    await card().getByText('Person → Organisation').waitFor();
    await panel.page.mouse.move(500, 400);
    await card().waitFor({ state: 'detached' });
  });

  test('the pointer may go onto the card, and a key closes it', async () => {
    await button('entity Place').hover();
    await card().waitFor();
    await card().hover();
    await panel.page.waitForTimeout(400);
    expect(await card().count()).toBe(1);
    await panel.page.keyboard.press('Escape');
    expect(await card().count()).toBe(0);
  });

  test('so does the keyboard on it, and the guidelines have all cards', async () => {
    await button('entity Person').focus();
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Shift+Tab');
    await card().waitFor();
    expect(await card().innerText()).toContain('Person');
    await panel.page.keyboard.press('Escape');
    await panel.send(markdown('x'), { type: 'examples', labels: personExamples });
    await pane().getByText('Person', { exact: false }).first().click();
    await pane().getByText('7 accepted').waitFor();
    expect(await pane().locator('summary').count()).toBe(8);
    await pane().locator('summary', { hasText: 'tone' }).click();
    await pane().getByText('one of neutral, praise, complaint').waitFor();
  });
});
