import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startStage, type PanelPage, type Stage } from './harness.js';
import { find, harbour, passageOf, rich, viewOf } from './views.js';

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
  // A capital is typed with Shift.
  for (const key of keys) await panel.page.keyboard.press(/^[A-Z]$/.test(key) ? `Shift+${key}` : key);
}

/** The codes over the words, each with the word that it stands over, by where both are. */
async function codes(text: string, words: readonly string[]): Promise<(string | undefined)[]> {
  const hints = await panel.page.locator('selection-layer .hint').evaluateAll((all) =>
    all.map((one) => {
      const { left, bottom } = one.getBoundingClientRect();
      return { code: one.textContent.trim(), left, bottom };
    }),
  );
  const places = await panel.allRects(words.map((word) => find(text, word)));
  return places.map(([place]) => {
    if (place === undefined) return undefined;
    return hints.find(({ left, bottom }) => Math.abs(left - place.left) < 4 && Math.abs(bottom - place.top) < 4)?.code;
  });
}

test('any word in sight is labelled with three presses', async () => {
  await panel.show(viewOf(rich()));
  await press('.');
  const [hallgarth, complete] = await codes(harbour, ['Hallgarth', 'complete']);
  expect(hallgarth).toHaveLength(1);
  // Only the passage, not what is around it.
  expect(await codes(harbour, ['NOTICE', 'slipway'])).toEqual([undefined, undefined]);
  await press(hallgarth!);
  expect(await panel.said()).toBe('Hallgarth');
  expect(await panel.page.locator('selection-layer .hint').count()).toBe(0);
  await press('d', '.', complete!, 'p');
  expect(await panel.actions()).toEqual([
    { do: 'entity', label: 'Product', spans: [find(harbour, 'Hallgarth')] },
    { do: 'entity', label: 'Person', spans: [find(harbour, 'complete')] },
  ]);
});

test('of many words the later ones have capitals, in a longer text two letters', async () => {
  const words = Array.from({ length: 70 }, (_, i) => `w${'abcdefg'[Math.floor(i / 10)]!}${i % 10}`);
  const text = words.join(' ');
  await panel.show(viewOf(passageOf(text)));
  await press('.');
  const given = await codes(text, words);
  expect(new Set(given).size).toBe(70);
  expect(given.filter((code) => code?.length === 1).length).toBeGreaterThan(55);
  const capital = given.findIndex((code) => code !== undefined && /^[A-Z]$/.test(code));
  await press(given[capital]!, 'p');
  expect(await panel.actions()).toEqual([{ do: 'entity', label: 'Person', spans: [find(text, words[capital]!)] }]);
  const long = given.findIndex((code) => code?.length === 2);
  const [first = '', second = ''] = given[long]!.split('');
  await press('.', first, second);
  expect(await panel.said()).toBe(words[long]);
});

test('what is no code does nothing, Escape leaves, a part that was kept stays', async () => {
  const text = 'North and South Quay';
  await panel.show(viewOf(passageOf(text)));
  await press('.', 'p', 'Escape');
  expect(await panel.said()).toBe('Cancelled');
  await press('.');
  const [north, , quay] = await codes(text, ['North', 'South', 'Quay']);
  await press(north!, '+', '.', quay!, 'o');
  expect(await panel.actions()).toEqual([
    { do: 'entity', label: 'Organisation', spans: [find(text, 'North'), find(text, 'Quay')] },
  ]);
});

test('right to left, and without spaces between words', async () => {
  const text = 'זארת אתמול בדמשק\n東京都庁は新宿区にあります';
  await panel.show(viewOf(passageOf(text)));
  await press('.');
  const [damascus, ward] = await codes(text, ['בדמשק', '新宿']);
  await press(damascus!);
  expect(await panel.said()).toBe('בדמשק');
  await press('.', ward!);
  expect((await panel.said()).startsWith('新宿')).toBe(true);
});
