import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PanelView, PassageView, ViewSpan } from '../../src/protocol/panel.js';
import { startStage, type PanelPage, type Stage } from './harness.js';
import { entity, find, harbour, noticeOf, passageOf, rich, viewOf } from './views.js';

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

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await panel.page.keyboard.press(key);
}

/** A point in the text: the middle of a stretch's first box, or its left or right edge. */
async function point(span: ViewSpan, where: 'middle' | 'left' | 'right' = 'middle'): Promise<[number, number]> {
  const rects = await panel.rects(span);
  const rect = rects[where === 'right' ? rects.length - 1 : 0];
  if (rect === undefined) throw new Error('Nothing of that text is shown.');
  const x = { left: rect.left + 1, right: rect.right - 1, middle: (rect.left + rect.right) / 2 }[where];
  return [x, (rect.top + rect.bottom) / 2];
}

async function drag(from: [number, number], to: [number, number]): Promise<void> {
  const { mouse } = panel.page;
  await mouse.move(...from);
  await mouse.down();
  await mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await mouse.move(...to);
  await mouse.up();
}

async function click(span: ViewSpan): Promise<void> {
  const [x, y] = await point(span);
  await panel.page.mouse.click(x, y);
}

/** What a label's key labels now, as text. */
async function selected(text: string): Promise<string[] | undefined> {
  await press('p');
  const last = (await panel.actions()).at(-1);
  return last?.do === 'entity' ? last.spans.map(({ start, end }) => text.slice(start, end)) : undefined;
}

async function visible(selector: string): Promise<string[]> {
  return (await panel.page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
}

/** A passage without anything, to select in. */
function plain(text: string, more: Partial<PassageView> = {}): PanelView {
  return viewOf(passageOf(text, more));
}

describe('what is shown', () => {
  test('the panel asks for a view and says so until it has one', async () => {
    expect(await panel.posted()).toEqual([{ type: 'ready' }]);
    expect(await visible('.notice')).toEqual(['The first passage is on its way …']);
  });

  test('the passage in its surroundings, with every label by name', async () => {
    await panel.show(viewOf(rich()));
    expect(await visible('.block')).toEqual(harbour.split('\n'));
    expect(await visible('.around')).toEqual([harbour.split('\n')[0], harbour.split('\n')[2]]);
    expect((await visible('mark-layer .tag')).sort()).toEqual(
      [
        'Place',
        'Person',
        'Organisation',
        'Place',
        'Person',
        'Organisation',
        '…Organisation',
        'Organisation',
        'Organisation? 83 % ✗',
        'Place 46 % · none 41 %',
      ].sort(),
    );
    expect((await visible('arc-layer .label')).sort()).toEqual(['knows', 'locatedIn', 'worksFor']);
    // A symmetric relation has no arrow.
    expect(await panel.page.locator('arc-layer .tip').count()).toBe(2);
  });

  test('the doubt, why the passage comes now, progress, annotator, disk and engine', async () => {
    await panel.show(viewOf(rich(), { disk: 'saving', engine: { state: 'working', detail: 'Embedding 3 of 9' } }));
    expect(await visible('doubt-bar .what')).toEqual(['In doubt “Dunmarsh”']);
    expect(await visible('doubt-bar li')).toEqual(['Place 46 %', 'none 41 %', 'Organisation 11 %', 'Person 2 %']);
    const line = (await visible('status-line > *')).join(' ');
    for (const part of ['notices/harbour.txt:12', 'margin 0.93', '60 of 412', 'mei', 'engine working', '… saving']) {
      expect(line).toContain(part);
    }
    await panel.show(viewOf(rich(), { disk: 'failed' }));
    expect(await panel.page.locator('status-line [role=status]').textContent()).toBe('✗ not saved');
  });

  test('markup in the text is text', async () => {
    const text = 'Seen <img src=x onerror="document.title=1"> & <script>alert(1)</script> &amp; here';
    await panel.show(plain(text, { doc: '<b>x</b>.txt', note: '<i>note</i>' }));
    expect(await visible('.block')).toEqual([text]);
    expect(await panel.page.locator('img, i').count()).toBe(0);
    expect(await panel.page.title()).toBe('Marginalia');
    expect(await visible('.note')).toEqual(['Note: <i>note</i>']);
  });

  test('real lists name everything for screen readers', async () => {
    await panel.show(viewOf(rich()));
    const { page } = panel;
    const items = (name: string) => page.getByRole('list', { name }).getByRole('listitem').count();
    expect(await items('Entities')).toBe(7);
    expect(await items('Relations')).toBe(3);
    expect(await items('Suggestions')).toBe(2);
    expect(await items('Other annotators')).toBe(1);
    await page.getByRole('button', { name: 'worksFor Ines Moray → Dunmarsh Harbour Trust', exact: true }).click();
    expect(await page.locator('[aria-current=true]').innerText()).toContain('worksFor');
    expect(await page.getByRole('radio', { name: 'neutral' }).getAttribute('aria-checked')).toBe('true');
    expect(await page.getByRole('radiogroup', { name: 'tone' }).count()).toBe(1);
    expect(await page.getByRole('application', { name: 'Passage' }).count()).toBe(1);
  });

  test('without a project there is a notice and a way on', async () => {
    await panel.show(noticeOf('This folder has no marginalia.json yet.', { title: 'Make one', command: 'init' }));
    expect(await visible('.notice p')).toEqual(['This folder has no marginalia.json yet.']);
    await panel.page.getByRole('button', { name: 'Make one' }).click();
    expect(await panel.actions()).toEqual([{ do: 'command', command: 'init' }]);
  });

  test('a view that was overtaken is not shown', async () => {
    const old = plain('old');
    await panel.show(plain('new'));
    await panel.show(old);
    expect(await visible('.block')).toEqual(['new']);
  });
});

describe('labelling', () => {
  test('one key labels what is in doubt', async () => {
    await panel.show(viewOf(rich()));
    await press('l');
    expect(await panel.posted()).toContainEqual({
      type: 'action',
      id: 1,
      action: { do: 'entity', label: 'Place', spans: [find(harbour, 'Dunmarsh', 1)] },
    });
  });

  test('what was labelled is selected when it is there, said, and its time told', async () => {
    await panel.show(viewOf(rich()));
    await press('l');
    const made = { ...entity(harbour, 'Place', 'Dunmarsh'), id: 'new', spans: [find(harbour, 'Dunmarsh', 1)] };
    const after = rich();
    // A view for another reason answers nothing.
    await panel.show(viewOf(rich(), { disk: 'saving' }));
    expect((await panel.posted()).filter(({ type }) => type === 'timing')).toEqual([]);
    await panel.show(viewOf({ ...after, entities: [...after.entities, made] }));
    expect(await panel.said()).toBe('Place “Dunmarsh” added');
    const timings = (await panel.posted()).filter((message) => message.type === 'timing');
    expect(timings).toHaveLength(1);
    expect(timings[0]!.what).toBe('paint');
    expect(timings[0]!.ms).toBeGreaterThan(0);
    await press('Delete');
    expect((await panel.actions()).at(-1)).toEqual({ do: 'delete', id: 'new' });
  });

  test('a drag snaps to words, previewed while it goes on', async () => {
    await panel.show(plain(harbour));
    const span = find(harbour, 'Tobias Venn');
    const { mouse } = panel.page;
    const inTobias = { start: span.start + 2, end: span.start + 4 };
    const inVenn = { start: span.end - 2, end: span.end - 1 };
    await mouse.move(...(await point(inTobias, 'left')));
    await mouse.down();
    await mouse.move(...(await point(inVenn)));
    // The preview covers both words before the button is let go.
    const [fill] = await panel.page.locator('selection-layer .fill.text').all();
    const box = await fill!.boundingBox();
    const [text] = await panel.rects(span);
    expect(box!.x).toBeCloseTo(text!.left - 1, 0);
    expect(box!.width).toBeCloseTo(text!.right - text!.left + 2, 0);
    await mouse.up();
    expect(await selected(harbour)).toEqual(['Tobias Venn']);
  });

  test('the word that gives its line room is selected like any other', async () => {
    await panel.show(viewOf(rich()));
    const span = find(harbour, 'The outer');
    await drag(await point({ start: span.start + 1, end: span.start + 2 }), await point(span, 'right'));
    expect(await selected(harbour)).toEqual(['The outer']);
  });

  test('with Alt a drag goes by character', async () => {
    await panel.show(plain(harbour));
    const part = find(harbour, 'arrick Poin');
    await panel.page.keyboard.down('Alt');
    await drag(await point(part, 'left'), await point(part, 'right'));
    await panel.page.keyboard.up('Alt');
    expect(await selected(harbour)).toEqual(['arrick Poin']);
  });

  test('with Ctrl a second drag adds a part', async () => {
    await panel.show(plain(harbour));
    const one = find(harbour, 'North');
    const two = find(harbour, 'teams');
    await drag(await point(one, 'left'), await point(one, 'right'));
    await panel.page.keyboard.down('Control');
    await drag(await point(two, 'left'), await point(two, 'right'));
    await panel.page.keyboard.up('Control');
    expect(await selected(harbour)).toEqual(['North', 'teams']);
  });

  test('a click goes from the innermost label outwards and to the word', async () => {
    await panel.show(viewOf(rich()));
    const inner = find(harbour, 'Dunmarsh');
    await click(inner);
    expect(await panel.said()).toBe('Place “Dunmarsh”');
    await click(inner);
    expect(await panel.said()).toBe('Organisation “Dunmarsh Harbour Trust”');
    await click(inner);
    expect(await panel.said()).toBe('Dunmarsh, Place');
  });

  test('a relation takes three presses: head, relation, tail', async () => {
    await panel.show(viewOf(rich(), {}));
    await click(find(harbour, 'Tobias'));
    await press('w');
    expect((await visible('selection-layer .hint')).sort()).toEqual(['a', 'd', 's']);
    expect(await panel.said()).toContain('worksFor from “Tobias Venn” to: a Dunmarsh Harbour Trust');
    await press('s');
    expect(await panel.actions()).toEqual([{ do: 'relation', label: 'worksFor', head: 'Tobias Venn', tail: 'North' }]);
    expect(await visible('selection-layer .hint')).toEqual([]);
  });

  test('while a tail is picked other keys do nothing, a click picks, Escape cancels', async () => {
    await panel.show(viewOf(rich()));
    await click(find(harbour, 'Tobias'));
    await press('w', 'r', 'p', 'Escape', 'w');
    expect(await panel.actions()).toEqual([]);
    await click(find(harbour, 'Harbour Trust'));
    expect(await panel.actions()).toEqual([
      { do: 'relation', label: 'worksFor', head: 'Tobias Venn', tail: 'Dunmarsh Harbour Trust' },
    ]);
  });

  test('an arc is selected by a click and deleted by a key', async () => {
    await panel.show(viewOf(rich()));
    await panel.page.locator('arc-layer .label', { hasText: 'locatedIn' }).click();
    expect(await panel.said()).toBe('locatedIn from “Dunmarsh Harbour Trust” to “Carrick Point”');
    await press('Backspace');
    expect(await panel.actions()).toEqual([{ do: 'delete', id: 'r3' }]);
  });

  test('an arc’s line can be hit beside its label', async () => {
    await panel.show(viewOf(rich()));
    const box = (await panel.page.locator('arc-layer g').nth(2).locator('.line').boundingBox())!;
    await panel.page.mouse.click(box.x + box.width * 0.3, box.y + 3);
    expect(await panel.said()).toContain('locatedIn');
  });

  test('a suggestion is accepted by a click on it, rejected by its cross, both in the list too', async () => {
    await panel.show(viewOf(rich()));
    const tag = panel.page.locator('mark-layer .tag.suggestion');
    await tag.click({ position: { x: 10, y: 5 } });
    await tag.locator('.reject').click();
    await panel.page.getByRole('button', { name: /^Accept \(Y\): Organisation\?/ }).click();
    await panel.page.getByRole('button', { name: /^Reject \(N\): tone\?/ }).click();
    await press('y', 'n');
    expect(await panel.actions()).toEqual([
      { do: 'acceptSuggestion', key: 's1' },
      { do: 'rejectSuggestion', key: 's1' },
      { do: 'acceptSuggestion', key: 's1' },
      { do: 'rejectSuggestion', key: 's2' },
      { do: 'acceptSuggestion', key: 's1' },
      { do: 'rejectSuggestion', key: 's1' },
    ]);
  });

  test('the tail of a selected relation takes two more presses, its direction one', async () => {
    await panel.show(viewOf(rich()));
    await panel.page.locator('arc-layer .label', { hasText: 'worksFor' }).click();
    await press('t');
    expect((await visible('selection-layer .hint')).sort()).toEqual(['a', 's']);
    await press('a');
    await press('h');
    expect((await visible('selection-layer .hint')).length).toBe(1);
    await press('a', 'x');
    expect(await panel.actions()).toEqual([
      { do: 'relink', id: 'r1', head: 'Ines Moray', tail: 'North' },
      { do: 'relink', id: 'r1', head: 'Tobias Venn', tail: 'Dunmarsh Harbour Trust' },
    ]);
    expect(await panel.said()).toBe('worksFor does not go from Organisation to Person');
  });

  test('an end of the selected arc is dragged to another entity', async () => {
    await panel.show(viewOf(rich()));
    await panel.page.locator('arc-layer .label', { hasText: 'worksFor' }).click();
    const box = (await panel.page.locator('arc-layer .handle[data-end=tail]').boundingBox())!;
    const handle: [number, number] = [box.x + box.width / 2, box.y + box.height / 2];
    await drag(handle, await point(find(harbour, 'South')));
    await drag(handle, await point(find(harbour, 'NOTICE')));
    expect(await panel.actions()).toEqual([{ do: 'relink', id: 'r1', head: 'Ines Moray', tail: 'South Quay teams' }]);
    expect(await visible('selection-layer .hint')).toEqual([]);
  });

  test('a relation that leads out of this part names its end; a click or Enter goes there', async () => {
    const more = rich();
    const beyond = [{ id: 'far', label: 'Organisation', text: 'Northern\nLights Board', where: 'after' as const }];
    const relations = [...more.relations, { id: 'r9', label: 'worksFor', head: 'Tobias Venn', tail: 'far' }];
    await panel.show(viewOf({ ...more, relations, beyond }));
    expect(await visible('arc-layer .label')).toContain('worksFor → Northern Lights Board ↓');
    await panel.page.locator('arc-layer .jump').click();
    expect(await panel.actions()).toEqual([{ do: 'show', id: 'far' }]);
    const text = 'The Northern Lights Board met.';
    const there = { ...entity(text, 'Organisation', 'Northern Lights Board'), id: 'far' };
    await panel.show(viewOf(passageOf(text, { entities: [there], line: 90 })));
    await press('Delete');
    expect((await panel.actions()).at(-1)).toEqual({ do: 'delete', id: 'far' });
  });

  test('suggestions above a threshold are accepted at once, counted before', async () => {
    await panel.show(viewOf(rich()));
    await press('Shift+Y');
    const go = panel.page.locator('bulk-bar .do');
    expect(await go.innerText()).toBe('Accept 1 of 2');
    await panel.page.locator('bulk-bar input').fill('20');
    expect(await go.innerText()).toBe('Accept 2 of 2');
    await press('Enter');
    expect(await panel.actions()).toEqual([{ do: 'acceptSuggestions', keys: ['s1', 's2'] }]);
    // The keyboard is back in the text.
    await press('f');
    expect((await panel.actions()).at(-1)).toEqual({ do: 'flag' });
  });

  test('all suggestions of one kind are rejected at once; Escape leaves', async () => {
    await panel.show(viewOf(rich()));
    await press('Shift+N', 'Escape', 'Shift+N');
    await panel.page.locator('bulk-bar select').selectOption('entity Organisation');
    await panel.page.locator('bulk-bar input').fill('100');
    await panel.page.locator('bulk-bar .do').click();
    expect(await panel.actions()).toEqual([{ do: 'rejectSuggestions', keys: ['s1'] }]);
  });

  test('labels are hidden by key and by click, counted, and kept for the next page', async () => {
    await panel.show(viewOf(rich()));
    await press('v', 'o');
    expect(await panel.said()).toBe('6 hidden');
    expect(await visible('mark-layer .tag')).not.toContain('Organisation');
    expect(await visible('label-bar .all')).toEqual(['6 hidden: show all']);
    await panel.page.reload();
    await panel.show(viewOf(rich()));
    expect(await visible('label-bar .all')).toEqual(['6 hidden: show all']);
    // What is labelled is seen.
    await press('o');
    expect(await panel.page.locator('label-bar .all').count()).toBe(0);
    await press('v', 'Shift+L');
    expect(new Set(await visible('mark-layer .tag.entity'))).toEqual(new Set(['Place']));
    await press('v', 'v');
    expect(await panel.said()).toBe('All labels are shown');
  });

  test('a command of the palette does what its key does', async () => {
    await panel.show(viewOf(rich()));
    await panel.send({ type: 'command', name: 'nextItem' }, { type: 'command', name: 'acceptSuggestion' });
    expect((await panel.actions()).map((action) => action.do)).toEqual(['acceptSuggestion']);
  });

  test('class values by digit and by click', async () => {
    await panel.show(viewOf(rich()));
    await press('3');
    await panel.page.getByRole('radio', { name: 'neutral' }).click();
    expect(await panel.actions()).toEqual([
      { do: 'class', label: 'tone', value: 'complaint' },
      { do: 'class', label: 'tone', value: null },
    ]);
  });

  test('label buttons label with a click and leave the keyboard in the text', async () => {
    await panel.show(viewOf(rich()));
    await panel.page.getByRole('button', { name: 'Place', exact: true }).click();
    await press('ArrowRight');
    expect(await panel.said()).toBe('should');
    expect((await panel.actions())[0]?.do).toBe('entity');
  });
});

describe('keys', () => {
  test('a press that means nothing does nothing, and chords are VS Code’s', async () => {
    await panel.show(viewOf(rich()));
    await panel.page.evaluate(() => {
      const taken: string[] = [];
      Object.assign(window, { taken });
      window.addEventListener('keydown', (event) => {
        if (!event.defaultPrevented) taken.push(event.key);
      });
    });
    await press('x', 'Control+l', 'Control+b', 'F1', 'Control+z', 'u', 'l');
    // What the panel takes never reaches VS Code's own listener on the window.
    expect(await panel.page.evaluate(() => (window as unknown as { taken: string[] }).taken)).toEqual([
      'x',
      'Control',
      'l',
      'Control',
      'b',
      'F1',
      'Control',
    ]);
    expect((await panel.actions()).map((action) => action.do)).toEqual(['undo', 'undo', 'entity']);
  });

  test('every action of the passage has its key', async () => {
    await panel.show(viewOf(rich()));
    await press('f', 'Shift+U', 'e', 'u', 'Control+y');
    expect((await panel.actions()).map((action) => action.do)).toEqual(['flag', 'redo', 'openSource', 'undo', 'redo']);
  });

  test('rebound keys work, their old ones do not, tooltips show them', async () => {
    await panel.show(viewOf(rich(), { keys: { flag: 'g' } }));
    await press('f', 'g');
    expect(await panel.actions()).toEqual([{ do: 'flag' }]);
    expect(await panel.page.getByRole('button', { name: /Flag/ }).getAttribute('title')).toMatch(/\(G\)$/);
  });

  test('a key held down gives one verdict', async () => {
    await panel.show(viewOf(rich()));
    await panel.page.keyboard.down('a');
    await panel.page.keyboard.down('a');
    await panel.page.keyboard.up('a');
    expect(await panel.actions()).toEqual([{ do: 'verdict', answer: 'accept' }]);
  });

  test('after a verdict nothing is done to a passage before it is seen', async () => {
    await panel.show(viewOf(rich()));
    await press('a', 'a', 'l');
    expect(await panel.actions()).toEqual([{ do: 'verdict', answer: 'accept' }]);
    await panel.show(plain('The next passage.', { line: 20 }));
    expect(await panel.said()).toBe('Passage 61 of 412');
    await press('s');
    expect((await panel.actions()).at(-1)).toEqual({ do: 'verdict', answer: 'skip' });
    const timings = (await panel.posted()).filter((message) => message.type === 'timing');
    expect(timings.map(({ what }) => what)).toEqual(['next']);
  });

  test('a verdict that failed can be given again', async () => {
    await panel.show(viewOf(rich()));
    await press('a');
    await panel.send({ type: 'done', id: 1, error: 'labels/mei.jsonl cannot be written: no space left.' });
    expect(await panel.page.getByRole('alert').innerText()).toContain('no space left');
    await press('a');
    expect(await panel.actions()).toHaveLength(2);
    expect((await panel.page.getByRole('alert').innerText()).trim()).toBe('');
  });

  test('Tab goes through the labels and then on to the next control', async () => {
    const text = 'Ada met Bo';
    await panel.show(plain(text, { entities: [entity(text, 'Person', 'Ada'), entity(text, 'Person', 'Bo')] }));
    await press('Tab', 'Tab');
    expect(await panel.said()).toBe('Person “Bo”');
    // Past the buttons above the list.
    await press('Tab', 'Tab', 'Tab', 'Tab', 'Tab');
    const focused = await panel.page.evaluate(() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      return at?.getAttribute('title');
    });
    expect(focused).toBe('Person Ada');
    // The control keeps Enter for itself; letters still label.
    await press('Enter');
    expect(await panel.said()).toBe('Person “Ada”');
    await press('o');
    expect(await panel.actions()).toEqual([{ do: 'relabel', id: 'Ada', label: 'Organisation' }]);
  });

  test('lines: up and down to the nearest word, Home and End', async () => {
    const text = 'alpha beta gamma\ndelta epsilon zeta';
    await panel.show(plain(text));
    await press('ArrowRight', 'ArrowRight', 'ArrowDown');
    expect(await panel.said()).toBe('epsilon');
    await press('End');
    expect(await panel.said()).toBe('zeta');
    await press('ArrowUp');
    expect(await panel.said()).toBe('gamma');
    await press('Shift+Home');
    expect(await panel.said()).toBe('alpha beta gamma');
  });

  test('the overlay lists every key and gives the keyboard back', async () => {
    await panel.show(viewOf(rich()));
    await press('?');
    const help = panel.page.getByRole('dialog', { name: 'Keys' });
    const text = await help.innerText();
    for (const part of ['Label as Person', 'worksFor', 'tone: praise', 'Accept the passage', 'Shift+U', 'Redo']) {
      expect(text).toContain(part);
    }
    await press('l');
    expect(await panel.actions()).toEqual([]);
    await press('Escape');
    expect(await help.isVisible()).toBe(false);
    await press('?', '?');
    expect(await help.isVisible()).toBe(false);
    await press('l');
    expect((await panel.actions()).map((action) => action.do)).toEqual(['entity']);
  });

  test('the overlay is searched by typing and tells of keys that are taken', async () => {
    await panel.show(viewOf(rich(), { keys: { flag: 'p', jump: 'z' } }));
    expect(await visible('status-line .warn')).toEqual(['⚠ keys']);
    await press('?', 'u', 'n', 'd', 'o');
    const help = panel.page.getByRole('dialog', { name: 'Keys' });
    expect(await help.locator('dd').allInnerTexts()).toEqual(['Undo and redo', 'Undo']);
    expect(await help.getByRole('list', { name: 'Conflicts' }).innerText()).toMatch(
      /'jump', which is no action.*\nP is the label Person, so 'flag' has no key/,
    );
  });

  test('a note is written in a field of its own: Enter saves, Escape leaves', async () => {
    await panel.show(viewOf({ ...rich(), note: 'old' }));
    await press('/');
    await panel.page.keyboard.type(' and a plain note');
    // A view that comes meanwhile leaves the draft alone.
    await panel.show(viewOf({ ...rich(), note: 'old' }, { disk: 'saving' }));
    await press('Enter');
    expect(await panel.actions()).toEqual([{ do: 'note', text: 'old and a plain note' }]);
    await press('/');
    await panel.page.keyboard.type('x');
    await press('Escape');
    expect(await panel.actions()).toHaveLength(1);
    await press('l');
    expect((await panel.actions()).at(-1)?.do).toBe('entity');
  });

  test('what is selected is what is copied', async () => {
    await panel.show(viewOf(rich()));
    await panel.page.evaluate(() => {
      window.addEventListener('copy', (event) => (document.title = event.clipboardData?.getData('text/plain') ?? ''));
    });
    await press('Control+c');
    expect(await panel.page.title()).toBe('Dunmarsh');
    // In the note it is the note's own text that is copied.
    await press('/');
    await panel.page.keyboard.type('note');
    await press('Control+a', 'Control+c');
    expect(await panel.page.title()).toBe('');
  });
});

describe('every script', () => {
  test('right to left: left is onward, and offsets are right beside emoji', async () => {
    const text = '👩‍👩‍👧‍👦 עדה לאבלייס עבדה עם Charles Babbage בלונדון 😀 היום';
    await panel.show(plain(text));
    await press('ArrowLeft', 'ArrowLeft', 'ArrowLeft');
    expect(await panel.said()).toBe('לאבלייס');
    await press('Shift+ArrowRight');
    expect(await selected(text)).toEqual(['עדה לאבלייס']);
    const span = find(text, 'בלונדון');
    await drag(await point(span, 'right'), await point(span, 'left'));
    expect(await selected(text)).toEqual(['בלונדון']);
    const latin = find(text, 'Charles Babbage');
    await drag(await point(latin, 'left'), await point(latin, 'right'));
    expect(await selected(text)).toEqual(['Charles Babbage']);
  });

  test('each paragraph has its own direction', async () => {
    await panel.show(plain('English first.\nשורה שנייה.'));
    const [english, hebrew] = await panel.page
      .locator('.block')
      .evaluateAll((blocks) => blocks.map((block) => getComputedStyle(block).direction));
    expect([english, hebrew]).toEqual(['ltr', 'rtl']);
  });

  test('an emoji sequence is selected whole, by character too', async () => {
    const text = 'go 👩‍👩‍👧‍👦🇫🇷 now';
    await panel.show(plain(text));
    await press('ArrowRight', 'Alt+ArrowRight', 'Alt+ArrowRight');
    await press('Alt+ArrowRight');
    expect(await selected(text)).toEqual(['👩‍👩‍👧‍👦']);
    await press('Alt+Shift+ArrowRight');
    expect(await selected(text)).toEqual(['👩‍👩‍👧‍👦🇫🇷']);
  });

  test('Chinese and Japanese: a drag takes the characters it covers', async () => {
    const text = '東京都庁は新宿区にあります。';
    await panel.show(plain(text));
    const span = find(text, '京都');
    await drag(await point(span, 'left'), await point(span, 'right'));
    expect(await selected(text)).toEqual(['京都']);
  });

  test('Arabic joins as before where a line was given room', async () => {
    const text = 'زارت الكاتبة مدينة دمشق في الربيع';
    await panel.show(plain(text));
    const before = await panel.rects({ start: 0, end: text.length });
    const first = find(text, 'زارت');
    const last = find(text, 'دمشق');
    await panel.show(
      plain(text, {
        entities: [entity(text, 'Person', 'الكاتبة'), entity(text, 'Place', 'دمشق')],
        relations: [{ id: 'r', label: 'knows', head: 'الكاتبة', tail: 'دمشق' }],
      }),
    );
    const after = await panel.rects({ start: 0, end: text.length });
    const width = (rects: typeof before) =>
      Math.max(...rects.map(({ right }) => right)) - Math.min(...rects.map(({ left }) => left));
    expect(width(after)).toBeCloseTo(width(before), 0);
    // The word that makes room stands on the same line as the others.
    expect((await panel.rects(first))[0]!.top).toBeCloseTo((await panel.rects(last))[0]!.top, 0);
  });
});

describe('layout', () => {
  const meet = (a: Box, b: Box): boolean =>
    a.x < b.x + b.width - 0.5 && b.x < a.x + a.width - 0.5 && a.y < b.y + b.height - 0.5 && b.y < a.y + a.height - 0.5;
  interface Box {
    x: number;
    y: number;
    width: number;
    height: number;
  }
  const boxes = async (selector: string): Promise<Box[]> =>
    panel.page.locator(selector).evaluateAll((elements) =>
      elements.map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x, y, width, height };
      }),
    );

  const nothingCovers = async (width: number): Promise<void> => {
    await panel.page.setViewportSize({ width, height: 800 });
    await panel.show(viewOf(rich()));
    const labels = [...(await boxes('mark-layer .tag')), ...(await boxes('arc-layer .label'))];
    expect(labels).toHaveLength(13);
    labels.forEach((one, i) => {
      for (const two of labels.slice(0, i)) expect(meet(one, two)).toBe(false);
    });
    const lines = (await panel.rects({ start: 0, end: harbour.length })).map(({ left, right, top, bottom }) => ({
      x: left,
      y: top,
      width: right - left,
      height: bottom - top,
    }));
    for (const label of labels) for (const line of lines) expect(meet(label, line)).toBe(false);
    const { scrollWidth, clientWidth } = await panel.page.evaluate(() => document.documentElement);
    expect(scrollWidth).toBe(clientWidth);
  };

  test.each([380, 620, 1000, 1600])('at a width of %i nothing covers anything', nothingCovers);

  test('nor where the font’s lines are high', async () => {
    await panel.page.evaluate(async () => {
      const source = ['DejaVu Sans', 'Liberation Sans', 'Noto Sans', 'Arial'].map((name) => `local("${name}")`).join();
      document.fonts.add(new FontFace('High', source, { ascentOverride: '107%', descentOverride: '29%' }));
      document.documentElement.style.setProperty('--vscode-font-family', 'High');
      await document.fonts.load('14px High');
    });
    await nothingCovers(380);
  });

  test('marks follow the text when the panel becomes narrow and when the font grows', async () => {
    await panel.show(viewOf(rich()));
    const follows = async (): Promise<void> => {
      const fill = await panel.page.locator('selection-layer .fill.text').first().boundingBox();
      const [text] = await panel.rects(find(harbour, 'Dunmarsh', 1));
      expect(fill!.x).toBeCloseTo(text!.left - 1, 0);
      expect(fill!.y).toBeCloseTo(text!.top, 0);
    };
    await follows();
    await panel.page.setViewportSize({ width: 700, height: 640 });
    await panel.send();
    await follows();
    await panel.page.evaluate(() => document.documentElement.style.setProperty('--vscode-editor-font-size', '22px'));
    await panel.send();
    await follows();
  });

  test('a mark ends with its letters, not with the space at which its line breaks', async () => {
    const signals = find(harbour, 'Signals');
    const hallgarth = find(harbour, 'Hallgarth');
    // Where lines break depends on the fonts of the machine.
    for (let width = 420; ; width += 10) {
      expect(width).toBeLessThan(1000);
      await panel.page.setViewportSize({ width, height: 800 });
      await panel.show(viewOf(rich()));
      const [first] = await panel.rects(hallgarth);
      const [second] = await panel.rects(signals);
      if (second!.top < first!.bottom) continue;
      const fills = await boxes('mark-layer .fill.suggestion');
      expect(fills).toHaveLength(2);
      expect(fills[0]!.x + fills[0]!.width).toBeCloseTo(first!.right + 1, 0);
      break;
    }
  });

  test('the first label of a line moves no text', async () => {
    await panel.show(viewOf(passageOf(harbour)));
    const last = find(harbour, 'slipway');
    const [before] = await panel.rects(last);
    await panel.show(viewOf(passageOf(harbour, { entities: [entity(harbour, 'Place', 'Carrick Point')] })));
    const [after] = await panel.rects(last);
    expect(after!.top).toBe(before!.top);
  });

  test('what is selected is scrolled into view', async () => {
    const text = Array.from({ length: 80 }, (_, i) => `Paragraph number ${i}.`).join('\n');
    await panel.show(plain(text, { passage: find(text, 'Paragraph number 70.') }));
    const [start] = await panel.rects(find(text, 'Paragraph number 70.'));
    expect(start!.top).toBeGreaterThan(0);
    expect(start!.bottom).toBeLessThan(640);
    for (let i = 0; i < 40; i++) await press('ArrowUp');
    const [word] = await panel.rects(find(text, '31'));
    expect(word!.top).toBeGreaterThan(0);
    expect(word!.bottom).toBeLessThan(640);
  });
});
