import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readGuidelines } from '../../src/editor/guidelines-markdown.js';
import { noProjectNotice } from '../../src/editor/notices.js';
import { personExamples } from './guidelines-views.js';
import { startStage, type PanelPage, type Stage } from './harness.js';
import { progress } from './progress/views.js';
import { themes, type ThemeName } from './themes.js';
import { elsewhere, noticeOf, rich, viewOf } from './views.js';

let stage: Stage;
let axe: string;
let guidelines: string;

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  guidelines = await readFile(new URL('../../media/sample/GUIDELINES.md', import.meta.url), 'utf8');
  stage = await startStage();
});
afterAll(() => stage.close());

interface Axe {
  run(
    options: object,
  ): Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }>;
}

const [first, ...others] = Object.keys(themes) as ThemeName[];
/** Of all rules only these see what a theme changes. */
const colours = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };

/** What axe-core finds in every theme, a line each: theme, rule, place, and what to do. */
async function violations(panel: PanelPage): Promise<string[]> {
  const found: string[] = [];
  for (const theme of [first!, ...others]) {
    await panel.dress(theme);
    const here = await panel.page.evaluate(
      async (options) => {
        const { violations: all } = await (window as unknown as { axe: Axe }).axe.run(options);
        return all.flatMap(({ id, nodes }) =>
          nodes.map(({ target, failureSummary }) => `${id}: ${target.flat().join(' ')}: ${failureSummary ?? ''}`),
        );
      },
      // Styles need not be fetched: what is fetched is for rules about orientation, which the page does not lock.
      { preload: false, resultTypes: ['violations'], ...(theme === first ? {} : colours) },
    );
    found.push(...here.map((line) => `${theme}: ${line}`));
  }
  return found;
}

async function opened(of: 'panel' | 'progress' = 'panel'): Promise<PanelPage> {
  const panel = await stage.open({ of, width: 1200, height: 800 });
  // Colours that still change would be measured half-way.
  await panel.page.emulateMedia({ reducedMotion: 'reduce' });
  // Evaluated, since the page's policy admits no further script.
  await panel.page.evaluate(axe);
  return panel;
}

describe('axe-core finds nothing, in light, dark and both high-contrast themes', () => {
  test('with a passage', async () => {
    const panel = await opened();
    await panel.show(viewOf({ ...rich(), note: 'Ask Mei.', flag: true, answer: 'accept' }));
    expect(await violations(panel)).toEqual([]);
    await panel.close();
  });

  test('with what can be open beside and over it', async () => {
    const panel = await opened();
    await panel.show(viewOf(elsewhere(), { engine: { state: 'failed', detail: '' }, disk: 'failed' }));
    const blocks = readGuidelines(guidelines, 'GUIDELINES.md');
    await panel.send({ type: 'guidelines', guidelines: { file: 'GUIDELINES.md', blocks } });
    await panel.send({ type: 'examples', labels: personExamples });
    await panel.page.keyboard.press('Shift+Y');
    await panel.page.locator('bulk-bar').waitFor();
    expect(await violations(panel)).toEqual([]);
    await panel.page.keyboard.press('Escape');
    await panel.page.keyboard.press('?');
    await panel.page.getByRole('dialog').waitFor();
    expect(await violations(panel)).toEqual([]);
    await panel.close();
  });

  test('without a passage', async () => {
    const panel = await opened();
    await panel.show({ ...noticeOf(''), notice: noProjectNotice(true) });
    expect(await violations(panel)).toEqual([]);
    await panel.close();
  });

  test('in the progress view, plots and tables', async () => {
    const view = await opened('progress');
    await view.send({ type: 'view', view: { annotator: 'mei', progress: progress() } });
    expect(await violations(view)).toEqual([]);
    await view.page.keyboard.press('t');
    await view.page.getByRole('table').first().waitFor();
    expect(await violations(view)).toEqual([]);
    await view.close();
  });
});

/** What reaches out of the page to a side and is in no table that scrolls by itself; a page that scrolls sideways, too. */
async function outside(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const visit = (root: Document | ShadowRoot): void => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot !== null) visit(element.shadowRoot);
        const { width, left, right } = element.getBoundingClientRect();
        if (width === 0 || element.closest('.unseen, .scroll table') !== null) continue;
        if (left < -1 || right > innerWidth + 1)
          found.push(`${element.localName}.${element.className}: ${left} to ${right}`);
      }
    };
    visit(document);
    const { scrollWidth } = document.documentElement;
    return scrollWidth > innerWidth ? [...found, `the page: ${scrollWidth}`] : found;
  });
}

/** A narrow panel, and what a window of 640 by 512 pixels has left at 200 % zoom. */
test.each([
  [320, 640],
  [320, 256],
])('nothing is cut off or beside the page at %i by %i pixels', async (width, height) => {
  const panel = await stage.open({ width, height });
  await panel.show(viewOf({ ...elsewhere(), note: 'Ask Mei.' }));
  expect(await outside(panel.page)).toEqual([]);
  await panel.page.keyboard.press('Shift+Y');
  expect(await outside(panel.page)).toEqual([]);
  await panel.page.keyboard.press('Escape');
  const blocks = readGuidelines(guidelines, 'GUIDELINES.md');
  await panel.send({ type: 'guidelines', guidelines: { file: 'GUIDELINES.md', blocks } });
  expect(await outside(panel.page)).toEqual([]);
  await panel.page.keyboard.press('?');
  expect(await outside(panel.page)).toEqual([]);
  await panel.show({ ...noticeOf(''), notice: noProjectNotice(true) });
  expect(await outside(panel.page)).toEqual([]);
  await panel.close();
  const view = await stage.open({ of: 'progress', width, height });
  await view.send({ type: 'view', view: { annotator: 'mei', progress: progress() } });
  expect(await outside(view.page)).toEqual([]);
  await view.page.keyboard.press('t');
  expect(await outside(view.page)).toEqual([]);
  await view.close();
});

test('where the system forces its colours, names and lines tell labels, and the selection is outlined', async () => {
  const panel = await stage.open();
  await panel.page.emulateMedia({ forcedColors: 'active' });
  await panel.show(viewOf(rich()));
  const styles = (selector: string, property: string): Promise<string[]> =>
    panel.page
      .locator(selector)
      .evaluateAll(
        (all, name) => [...new Set(all.map((one) => getComputedStyle(one).getPropertyValue(name)))],
        property,
      );
  const [ink] = await styles('passage-text', 'color');
  expect(await styles('mark-layer .bar:not(.suggestion, .doubt)', 'background-color')).toEqual([ink]);
  expect(await styles('mark-layer .tag', 'border-top-color')).toEqual([ink]);
  expect(await styles('mark-layer .tag:not(.suggestion, .doubt)', 'border-top-style')).toEqual(['solid']);
  expect(await styles('mark-layer .tag.suggestion', 'border-top-style')).toEqual(['dashed']);
  expect(await styles('selection-layer .fill.text', 'outline-style')).toEqual(['solid']);
  // Else the text would have a plate behind it that hides all of these.
  expect(await styles('passage-text .block', 'forced-color-adjust')).toEqual(['none']);
  await panel.close();
});

test('nothing moves for people who ask for that', async () => {
  const panel = await stage.open();
  await panel.show(viewOf(rich()));
  const moving = (): Promise<string[]> =>
    panel.page
      .locator('*')
      .evaluateAll((all) =>
        all
          .filter((one) =>
            /[1-9]/.test(getComputedStyle(one).transitionDuration + getComputedStyle(one).animationDuration),
          )
          .map(({ localName }) => localName),
      );
  expect(await moving()).toContain('button');
  await panel.page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await moving()).toEqual([]);
  await panel.close();
});
