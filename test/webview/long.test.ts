import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { passageView, viewTypes, type Shown } from '../../src/editor/view.js';
import { ViewSender } from '../../src/editor/view-sender.js';
import { parseProject } from '../../src/labels/project.js';
import type { PassageView } from '../../src/protocol/panel.js';
import { startStage, type PanelPage, type Stage } from './harness.js';
import { longDocument, longProject } from './long.js';
import { viewOf } from './views.js';

let stage: Stage;
let panel: PanelPage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  panel = await stage.open();
});
afterEach(async () => {
  const { problems } = panel;
  await panel.close();
  expect(problems).toEqual([]);
});

const project = parseProject(JSON.stringify(longProject)).project!;

function long(paragraphs: number): PassageView {
  const { document, lines, queued } = longDocument(paragraphs);
  const shown: Shown = { document, passage: { start: 0, end: document.map.length }, queued };
  return passageView(shown, { own: lines, others: [] }, project, 'me');
}

/** Marks whose text is seen, and how many of them have a fill over it. */
async function marked(passage: PassageView): Promise<{ seen: number; drawn: number }> {
  const fills = await panel.page.locator('mark-layer .fill.entity').evaluateAll((all) =>
    all.map((one) => {
      const { left, top } = one.getBoundingClientRect();
      return { left, top };
    }),
  );
  let [seen, drawn] = [0, 0];
  for (const { spans } of passage.entities) {
    const [rect] = await panel.rects(spans[0]!);
    if (rect === undefined || rect.top < 200 || rect.bottom > 560) continue;
    seen++;
    if (fills.some(({ left, top }) => Math.abs(left + 1 - rect.left) < 1.5 && Math.abs(top - rect.top) < 1.5)) drawn++;
  }
  return { seen, drawn };
}

test.each([40, 1])(
  'of a long text in %i paragraphs only what is near is drawn, wherever one goes',
  async (paragraphs) => {
    const passage = long(paragraphs);
    const few = { ...passage, entities: passage.entities.filter((_, i) => i < 40 || i > 900) };
    await panel.show(viewOf(few, { types: viewTypes(project) }));
    expect(await panel.page.locator('mark-layer .fill.entity').count()).toBeLessThan(60);
    const there = await marked(few);
    expect(there.seen).toBeGreaterThan(3);
    expect(there.drawn).toBe(there.seen);

    // Far down, by selecting the last of the list.
    await panel.page.keyboard.press('k');
    await panel.send();
    const last = few.entities.at(-1)!;
    const [rect] = await panel.rects(last.spans[0]!);
    expect(rect!.top).toBeGreaterThan(150);
    expect(rect!.bottom).toBeLessThan(600);
    const far = await marked(few);
    expect(far.seen).toBeGreaterThan(3);
    expect(far.drawn).toBe(far.seen);
    // The list has turned to what is selected.
    expect(await panel.page.locator('[aria-current=true]').count()).toBe(1);
  },
);

test('what is drawn above while scrolling up moves nothing that is seen', async () => {
  const passage = long(40);
  await panel.show(viewOf(passage, { types: viewTypes(project) }));
  const words = passage.entities[700]!.spans[0]!;
  await panel.page.evaluate(() => {
    const main = document.querySelector('marginalia-panel')!.shadowRoot!.querySelector('main')!;
    main.scrollTop = main.scrollHeight;
  });
  await panel.send();
  for (let i = 0; i < 6; i++) {
    const before = await panel.rects(words);
    await panel.page.evaluate(() =>
      document.querySelector('marginalia-panel')!.shadowRoot!.querySelector('main')!.scrollBy(0, -150),
    );
    await panel.send();
    const after = await panel.rects(words);
    // Not seen yet, it may move as lines above it get room; seen, it moves with the wheel and no further.
    if (before[0]!.top > 150) expect(after[0]!.top - before[0]!.top).toBeCloseTo(150, -1);
  }
});

test('one label more comes as a change of the view; a change of another view asks for the whole', async () => {
  const passage = long(40);
  const sender = new ViewSender();
  const view = viewOf(passage, { types: viewTypes(project) });
  await panel.send(sender.message(view)!);
  const made = { id: 'new', label: 'Person', spans: [{ start: 30, end: 36 }], own: true, by: 'me' };
  const change = sender.message({ ...view, passage: { ...passage, entities: [...passage.entities, made] } })!;
  expect(change.type).toBe('change');
  await panel.send(change);
  expect(await panel.said()).toContain('added');
  await panel.send(change);
  expect((await panel.posted()).filter(({ type }) => type === 'ready')).toHaveLength(2);
});

test('lists of a thousand are turned page by page', async () => {
  await panel.show(viewOf(long(40), { types: viewTypes(project) }));
  const list = panel.page.getByRole('list', { name: 'Entities' });
  expect(await list.getByRole('listitem').count()).toBe(100);
  expect(await list.getByRole('listitem').first().getAttribute('aria-setsize')).toBe('1000');
  await panel.page.getByRole('button', { name: 'Later entities' }).click();
  expect(await list.getByRole('listitem').first().getAttribute('aria-posinset')).toBe('101');
});
