import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PassageView, ViewSpan } from '../../src/protocol/panel.js';
import { startStage, type PanelPage, type Place, type Stage } from './harness.js';
import { scriptSamples } from './script-samples.js';
import { find, viewOf } from './views.js';

/**
 * Every script: what is drawn lies over its own letters and over no others, and what is selected is what was meant.
 * Nothing here depends on which fonts there are: everything is compared with where the browser says that each
 * grapheme cluster stands.
 */

let stage: Stage;
let panel: PanelPage;

beforeAll(async () => {
  stage = await startStage();
  // One page for all: what is shown last is what counts.
  panel = await stage.open();
});
afterAll(() => stage.close());
beforeEach(() => panel.page.setViewportSize({ width: 900, height: 800 }));
afterEach(() => expect(panel.problems).toEqual([]));

function segments(text: string, granularity: 'grapheme' | 'word'): (ViewSpan & { text: string; isWord: boolean })[] {
  return [...new Intl.Segmenter('en', { granularity }).segment(text)].map(({ segment, index, isWordLike }) => ({
    start: index,
    end: index + segment.length,
    text: segment,
    isWord: isWordLike === true || /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(segment),
  }));
}

interface Cluster extends ViewSpan {
  readonly text: string;
  readonly places: readonly Place[];
}

/** Where each cluster of the shown text stands; white space and what takes no room is left out. */
async function clustersOf(text: string): Promise<Cluster[]> {
  const clusters = segments(text, 'grapheme').filter((cluster) => cluster.text.trim() !== '');
  const rects = await panel.allRects(clusters);
  return clusters.flatMap((cluster, i) => {
    const shown = (rects[i] ?? []).filter(({ left, right }) => right - left > 1);
    return shown.length === 0 ? [] : [{ ...cluster, places: shown }];
  });
}

function places(selector: string): Promise<Place[]> {
  return panel.page.locator(selector).evaluateAll((all) =>
    all.map((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return { left, right, top, bottom };
    }),
  );
}

function middleOf({ left, right, top, bottom }: Place): readonly [number, number] {
  return [(left + right) / 2, (top + bottom) / 2];
}

function isIn(place: Place, [x, y]: readonly [number, number]): boolean {
  return place.left < x && x < place.right && place.top < y && y < place.bottom;
}

/** The clusters that lie under some of the boxes, as text. */
function under(boxes: readonly Place[], clusters: readonly Cluster[]): string[] {
  return clusters
    .filter(({ places: own }) => own.some((place) => boxes.some((box) => isIn(box, middleOf(place)))))
    .map(({ start, text }) => `${start} ${text}`);
}

function clustersIn(spans: readonly ViewSpan[], clusters: readonly Cluster[]): string[] {
  return clusters
    .filter(({ start, end }) => spans.some((span) => span.start <= start && end <= span.end))
    .map(({ start, text }) => `${start} ${text}`);
}

const fromRight = /[\p{Script=Hebrew}\p{Script=Arabic}]/u;

/** Where a stretch begins or ends on the screen: at the edge of its first or last cluster to which that is read. */
async function edge(text: string, span: ViewSpan, which: 'start' | 'end'): Promise<[number, number]> {
  const clusters = segments(text.slice(span.start, span.end), 'grapheme');
  const { start, end, text: cluster } = clusters.at(which === 'start' ? 0 : -1)!;
  const rects = await panel.rects({ start: span.start + start, end: span.start + end });
  const rect = rects.at(which === 'start' ? 0 : -1)!;
  const atRight = fromRight.test(cluster) === (which === 'start');
  return [atRight ? rect.right - 0.5 : rect.left + 0.5, (rect.top + rect.bottom) / 2];
}

async function drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  const { mouse } = panel.page;
  await mouse.move(...from);
  await mouse.down();
  await mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await mouse.move(...to);
  await mouse.up();
}

/** What the label's key labels, as text. */
async function labelled(text: string): Promise<string[] | undefined> {
  await panel.page.keyboard.press('d');
  const last = (await panel.actions()).at(-1);
  return last?.do === 'entity' ? last.spans.map(({ start, end }) => text.slice(start, end)) : undefined;
}

let line = 0;

/** Without labels, and another passage than the one shown before: nothing is selected in it. */
function bare(passage: PassageView): PassageView {
  return { ...passage, line: ++line, entities: [], relations: [] };
}

describe.each(scriptSamples)('$name', ({ passage, byWord = {} }) => {
  const { text } = passage;

  test.each([900, 340])('each label covers its own letters and no others, %i pixels wide', async (width) => {
    await panel.page.setViewportSize({ width, height: 800 });
    for (const one of passage.entities) {
      await panel.show(viewOf({ ...bare(passage), entities: [one] }));
      const clusters = await clustersOf(text);
      expect(under(await places('mark-layer .fill.entity'), clusters)).toEqual(clustersIn(one.spans, clusters));
    }
    // And with all of them, and relations, for which lines get room.
    await panel.show(viewOf(passage));
    const clusters = await clustersOf(text);
    const spans = passage.entities.flatMap((one) => one.spans);
    expect(under(await places('mark-layer .fill.entity'), clusters)).toEqual(clustersIn(spans, clusters));
  });

  test.each([900, 340])('arcs begin and end at their entities, %i pixels wide', async (width) => {
    await panel.page.setViewportSize({ width, height: 800 });
    await panel.show(viewOf(passage));
    const labels = await panel.page
      .locator('arc-layer .label')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-arc')));
    const lines = await panel.page.locator('arc-layer path.line').evaluateAll((all) =>
      all.map((one) => {
        if (!(one instanceof SVGPathElement)) throw new Error('No path.');
        const matrix = one.getScreenCTM()!;
        const at = (length: number): [number, number] => {
          const { x, y } = one.getPointAtLength(length).matrixTransform(matrix);
          return [x, y];
        };
        return { first: at(0), last: at(one.getTotalLength()) };
      }),
    );
    expect(labels).toHaveLength(passage.relations.length);
    for (const { id, head, tail } of passage.relations) {
      const { first, last } = lines[labels.indexOf(id)]!;
      for (const [end, [x, y]] of [
        [head, first],
        [tail, last],
      ] as const) {
        // A little over the letters, and between their edges.
        const over = (await panel.rects(find(text, end))).some(
          ({ left, right, top }) => left - 1 <= x && x <= right + 1 && y <= top && top - y < 8,
        );
        expect([end, over]).toEqual([end, true]);
      }
    }
  });

  test('in the list arrows point from the head to the tail, and of both something is seen', async () => {
    await panel.show(viewOf(passage));
    const rows = panel.page.getByRole('list', { name: 'Relations' }).locator('.ends');
    expect(await rows.count()).toBe(passage.relations.length);
    for (const [i, { head, label, tail }] of passage.relations.entries()) {
      const ends = rows.nth(i).locator('bdi');
      expect(await ends.allTextContents()).toEqual([head, tail]);
      const [from, to] = [(await ends.first().boundingBox())!, (await ends.last().boundingBox())!];
      expect(from.width).toBeGreaterThan(12);
      expect(to.width).toBeGreaterThan(12);
      expect(from.x + from.width).toBeLessThan(to.x);
      expect((await rows.nth(i).textContent())?.includes('↔')).toBe(label === 'knows');
    }
  });

  test('arrows go through the words in the order of reading, and the selection lies over each', async () => {
    await panel.show(viewOf(bare(passage)));
    const clusters = await clustersOf(text);
    const rtl = await panel.page.locator('.block').evaluate((block) => getComputedStyle(block).direction === 'rtl');
    for (const word of segments(text, 'word').filter(({ isWord }) => isWord)) {
      await panel.page.keyboard.press(rtl ? 'ArrowLeft' : 'ArrowRight');
      await panel.send();
      expect((await panel.said()).trim()).toBe(word.text);
      expect(under(await places('selection-layer .fill.text'), clusters)).toEqual(clustersIn([word], clusters));
    }
    expect(await labelled(text)).toEqual([segments(text, 'word').findLast(({ isWord }) => isWord)!.text]);
  });

  test('Alt and arrows go by what is one character to a reader', async () => {
    await panel.show(viewOf(bare(passage)));
    const rtl = await panel.page.locator('.block').evaluate((block) => getComputedStyle(block).direction === 'rtl');
    const onward = rtl ? 'ArrowLeft' : 'ArrowRight';
    const start = segments(text, 'word').find(({ isWord }) => isWord)!.start;
    const clusters = segments(text, 'grapheme').filter((cluster) => cluster.start >= start);
    await panel.page.keyboard.press(onward);
    for (const cluster of clusters.slice(1, 12)) {
      await panel.page.keyboard.press(`Alt+${onward}`);
      if (cluster.text.trim() !== '') expect((await panel.said()).trim()).toBe(cluster.text);
    }
    // Extended from there, cluster by cluster.
    for (let i = 0; i < 3; i++) await panel.page.keyboard.press(`Alt+Shift+${onward}`);
    const wanted = clusters.slice(11, 15).map((cluster) => cluster.text);
    expect(await labelled(text)).toEqual([wanted.join('').trim()]);
  });

  test('a click selects the word under it', async () => {
    await panel.show(viewOf(bare(passage)));
    const words = segments(text, 'word').filter(({ isWord }) => isWord);
    const rects = await panel.allRects(words);
    for (const [i, word] of words.entries()) {
      await panel.page.mouse.click(...middleOf(rects[i]![0]!));
      expect((await panel.said()).trim()).toBe(word.text);
    }
  });

  test('a drag from the beginning to the end of a label selects it, by word what it touches', async () => {
    await panel.show(viewOf(bare(passage)));
    const clusters = await clustersOf(text);
    for (const { spans } of passage.entities) {
      const span = spans[0]!;
      const quote = text.slice(span.start, span.end);
      const ends = [await edge(text, span, 'start'), await edge(text, span, 'end')] as const;
      await panel.page.keyboard.down('Alt');
      await drag(...ends);
      await panel.page.keyboard.up('Alt');
      expect(await labelled(text)).toEqual([quote]);
      // Backwards too.
      await drag(ends[1], ends[0]);
      expect(await labelled(text)).toEqual([byWord[quote] ?? quote]);
      const shown = clustersIn([find(text, byWord[quote] ?? quote)], clusters);
      expect(under(await places('selection-layer .fill.text'), clusters)).toEqual(shown);
    }
  });
});
