import { describe, expect, it } from 'vitest';
import { pace } from '../../../src/engine/pace.js';

const at = (...seconds: number[]): string[] => seconds.map((s) => new Date(1_700_000_000_000 + 1000 * s).toISOString());

describe('the pace', () => {
  it('is the median break between verdicts, in whatever order they come', () => {
    expect(pace(at(30, 0, 10, 14))).toBe(10_000);
    expect(pace(at(0, 10, 14, 30, 38))).toBe(9000);
  });

  it('leaves out the times when somebody was away', () => {
    expect(pace(at(0, 10, 20, 30, 10_000, 10_010))).toBe(10_000);
  });

  it('needs four verdicts', () => {
    expect(pace(at(0, 10, 20))).toBeUndefined();
    expect(pace([])).toBeUndefined();
  });
});
