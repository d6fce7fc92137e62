import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Feed } from '../../../src/editor/feed.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A feed whose questions are answered when the test says so. */
function setup() {
  const open: ((value: number) => void)[] = [];
  const sent: number[] = [];
  let asked = 0;
  const feed = new Feed<number>({
    ask: () => {
      asked++;
      return new Promise((resolve) => open.push(resolve));
    },
    send: (value) => sent.push(value),
    calm: 500,
  });
  const answer = async (value: number): Promise<void> => {
    open.shift()?.(value);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { feed, sent, answer, asked: () => asked };
}

test('asks when it is shown, and once for many changes', async () => {
  const { feed, sent, answer, asked } = setup();
  feed.show();
  await answer(1);
  for (let i = 0; i < 20; i++) feed.changed();
  expect(asked()).toBe(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(asked()).toBe(2);
  await answer(2);
  expect(sent).toEqual([1, 2]);
});

test('one question at a time: what changes meanwhile is asked about afterwards', async () => {
  const { feed, sent, answer, asked } = setup();
  feed.show();
  feed.changed();
  await vi.advanceTimersByTimeAsync(2000);
  expect(asked()).toBe(1);
  await answer(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(asked()).toBe(2);
  await answer(2);
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked()).toBe(2);
  expect(sent).toEqual([1, 2]);
});

test('nothing is asked and nothing sent while nobody looks', async () => {
  const { feed, sent, answer, asked } = setup();
  feed.changed();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked()).toBe(0);
  feed.show();
  feed.hide();
  await answer(1);
  feed.changed();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked()).toBe(1);
  expect(sent).toEqual([]);
});

test('a page that is shown again while an old question is open gets an answer of now', async () => {
  const { feed, sent, answer } = setup();
  feed.show();
  feed.hide();
  feed.show();
  await answer(1);
  await vi.advanceTimersByTimeAsync(500);
  await answer(2);
  expect(sent.at(-1)).toBe(2);
});
