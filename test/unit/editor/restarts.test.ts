import { expect, it } from 'vitest';
import { Restarts } from '../../../src/editor/restarts.js';

const minute = 60_000;

it('starts a process again at once, then ever later, and gives up after five times in five minutes', () => {
  const restarts = new Restarts();
  const delays = [0, 1, 2, 3, 4].map((second) => restarts.next(second * 1000));
  expect(delays[0]).toBe(0);
  expect(delays).toEqual([...delays].sort((a, b) => a! - b!));
  expect(delays).not.toContain(undefined);
  expect(restarts.next(5000)).toBeUndefined();
});

it('forgets what is longer ago than five minutes', () => {
  const restarts = new Restarts();
  for (let n = 0; n < 5; n++) restarts.next(n * 1000);
  expect(restarts.next(4 * minute)).toBeUndefined();
  expect(restarts.next(6 * minute)).toBe(0);
});

it('begins anew when a person asks for it', () => {
  const restarts = new Restarts();
  for (let n = 0; n < 5; n++) restarts.next(0);
  restarts.reset();
  expect(restarts.next(0)).toBe(0);
});
