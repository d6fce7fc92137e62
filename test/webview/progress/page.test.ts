import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { FromProgressPage, type ProgressView } from '../../../src/protocol/progress-panel.js';
import { startStage, type PanelPage, type Stage } from '../harness.js';
import { themes, type ThemeName } from '../themes.js';
import { beginning, entityTask, progress } from './views.js';

let stage: Stage;
let page: PanelPage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  page = await stage.open({ of: 'progress', width: 900, height: 900 });
});
afterEach(async () => {
  const { problems } = page;
  await page.close();
  expect(problems).toEqual([]);
});

const show = (view: Partial<ProgressView> = {}): Promise<void> =>
  page.send({ type: 'view', view: { annotator: 'mei', progress: progress(), ...view } });

/** What the page has told the host, as the host checks it. */
async function told(): Promise<FromProgressPage[]> {
  const posted: unknown = await page.page.evaluate(() => window.posted);
  return z.array(FromProgressPage).parse(posted);
}

const text = (): Promise<string> => page.page.locator('marginalia-progress main').innerText();

describe('what is shown', () => {
  test('the page asks for its content and says so until it has some', async () => {
    expect(await told()).toEqual([{ type: 'ready' }]);
    expect(await text()).toContain('The engine is being asked');
  });

  test('pace, estimate with its basis, advice with its reasons, gain', async () => {
    await show();
    const shown = await text();
    for (const part of [
      '301 of 1412',
      '391',
      '2 h 50 min',
      'Micro-F1 84.0 %',
      'Measured on 64 passages of a random sample',
      'Keep labelling',
      'Another 100 labels would likely bring +1.2 points',
    ])
      expect(shown).toContain(part);
    expect(shown).toContain('Not an honest estimate: too few');
    await page.page.getByText('0 of 3 rules say stop').click();
    await page.page.getByText('The last heads agree by κ = 0.973').waitFor();
  });

  test('before anything is labelled', async () => {
    await show({ progress: beginning() });
    expect(await text()).toContain('No estimate yet');
    expect(await page.page.locator('plot-figure').count()).toBe(1);
  });

  test('why there is nothing', async () => {
    await page.send({ type: 'view', view: { annotator: '', notice: 'There is no <b>project</b>.' } });
    expect(await text()).toContain('There is no <b>project</b>.');
  });

  test('names of labels are text', async () => {
    await show({
      progress: progress({ balance: [{ kind: 'entity', label: '<img src=x onerror=alert(1)>', count: 3 }] }),
    });
    expect(await page.page.locator('img').count()).toBe(0);
  });
});

describe('everyone', () => {
  test('each plot is an image with a name, and its table is there for screen readers', async () => {
    await show();
    const { page: tab } = page;
    expect(await tab.getByRole('img').count()).toBe(5);
    await tab.getByRole('img', { name: /^Learning curve of Entities: 55 % with 8/ }).waitFor();
    const table = tab.getByRole('table', { name: 'Label balance' });
    expect(await table.getByRole('row').count()).toBe(10);
    await tab.getByRole('rowheader', { name: 'Entity' }).first().waitFor();
  });

  test('a table takes the place of its plot, and stays after the page is made anew', async () => {
    await show();
    const { page: tab } = page;
    const figure = tab.locator('plot-figure#balance');
    await figure.getByRole('button', { name: 'Table' }).click();
    expect(await figure.locator('svg').count()).toBe(0);
    expect(await figure.locator('table').isVisible()).toBe(true);
    await tab.reload();
    await show();
    expect(await figure.locator('svg').count()).toBe(0);
  });

  test('by keys: tables, copy, back to the passage', async () => {
    await show();
    await page.page.keyboard.press('t');
    expect(await page.page.locator('plot-figure svg').count()).toBe(0);
    await page.page.keyboard.press('t');
    expect(await page.page.locator('plot-figure svg').count()).toBe(5);
    await page.page.keyboard.press('c');
    await page.page.keyboard.press('Escape');
    const [, copied, back] = await told();
    expect(copied?.type === 'copy' && copied.text.startsWith('# Labelling progress')).toBe(true);
    expect(back).toEqual({ type: 'labelling' });
  });

  test('new numbers leave the keyboard and the place where they are, and are not read out', async () => {
    await show();
    const { page: tab } = page;
    const button = tab.locator('plot-figure#balance').getByRole('button', { name: 'CSV' });
    await button.focus();
    const focused = (): Promise<string | undefined> =>
      tab.evaluate(() => {
        let active = document.activeElement;
        for (let inner = active; inner !== null; inner = inner.shadowRoot?.activeElement ?? null) active = inner;
        return active?.textContent.trim();
      });
    const scrolled = (): Promise<number> =>
      tab.evaluate(() => document.querySelector('marginalia-progress')!.scrollTop);
    expect(await focused()).toBe('CSV');
    const before = await scrolled();
    await show({ progress: progress({ reviewed: 302 }) });
    expect(await text()).toContain('302 of 1412');
    expect(await focused()).toBe('CSV');
    expect(await scrolled()).toBe(before);
    const said = tab.locator('marginalia-progress [role=status]');
    expect((await said.textContent())?.trim()).toBe('');
    const stop = { verdict: 'stop' as const, message: 'The target is reached.', rules: [] };
    await show({ progress: progress({ tasks: [entityTask({ advice: stop })] }) });
    expect(await said.textContent()).toContain('Entities: The target is reached.');
  });

  test.each(Object.keys(themes) as ThemeName[])('texts stand out from the page: %s', async (theme) => {
    const other = await stage.open({ of: 'progress', theme });
    await other.send({ type: 'view', view: { annotator: 'mei', progress: progress() } });
    const same = await other.page.evaluate(() => {
      const figures = [
        ...(document.querySelector('marginalia-progress')?.shadowRoot?.querySelectorAll('plot-figure') ?? []),
      ];
      const background = getComputedStyle(document.querySelector('marginalia-progress')!).backgroundColor;
      return figures
        .flatMap((figure) => [...(figure.shadowRoot?.querySelectorAll('svg text, svg .line, svg .bar') ?? [])])
        .filter((element) => {
          const { fill, stroke } = getComputedStyle(element);
          return (fill === background || fill === 'none') && (stroke === background || stroke === 'none');
        }).length;
    });
    expect(same).toBe(0);
    await other.close();
  });
});

describe('export', () => {
  test('a drawing is a file of its own, with the colours of the theme', async () => {
    await show();
    await page.page.locator('plot-figure#learning-curve-entity').getByRole('button', { name: 'SVG' }).click();
    const saved = (await told()).at(-1);
    expect(saved).toMatchObject({ type: 'save', name: 'learning-curve-entity.svg' });
    const file = saved?.type === 'save' ? saved.text : '';
    expect(file).not.toMatch(/var\(|class=|<!--|<script/);
    const drawn = await page.page.evaluate((source) => {
      const parsed = new DOMParser().parseFromString(source, 'image/svg+xml');
      return {
        error: parsed.querySelector('parsererror')?.textContent,
        circles: parsed.querySelectorAll('circle').length,
        line: [...parsed.querySelectorAll('path')].map((path) => path.getAttribute('stroke')),
      };
    }, file);
    expect(drawn.error).toBeUndefined();
    expect(drawn.circles).toBe(6);
    expect(drawn.line.some((stroke) => stroke?.startsWith('rgb('))).toBe(true);
  });

  test('a table is saved as CSV', async () => {
    await show();
    await page.page.locator('plot-figure#balance').getByRole('button', { name: 'CSV' }).click();
    const saved = (await told()).at(-1);
    expect(saved).toMatchObject({ type: 'save', name: 'balance.csv' });
    expect(saved?.type === 'save' && saved.text.split('\r\n')[1]).toBe('Entity,Person,412,49.6 %');
  });
});
