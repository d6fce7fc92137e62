import { describe, expect, it } from 'vitest';
import { quantiseRows, restoreRows } from '../../../src/embedding/quantise.js';
import { cosine, gaussian } from './helpers.js';

describe('quantised rows', () => {
  const dimensions = 256;
  const rows = (outlier: number): Float32Array => {
    const values = gaussian(11, 200 * dimensions);
    for (let row = 0; row < 200; row++) values[row * dimensions + 7]! *= outlier;
    return values;
  };

  it.each([
    { outlier: 1, loss: 5e-5 },
    // Trained transformers have single dimensions that dwarf the others.
    { outlier: 20, loss: 1e-3 },
  ])('lose less than $loss of the cosine with values $outlier times the others', ({ outlier, loss }) => {
    const values = rows(outlier);
    const restored = restoreRows(quantiseRows(values, dimensions), dimensions);
    for (let at = 0; at < values.length; at += dimensions) {
      expect(1 - cosine(values.slice(at, at + dimensions), restored.slice(at, at + dimensions))).toBeLessThan(loss);
    }
  });

  it('keep zeros and the order of magnitude of each row', () => {
    const values = Float32Array.from([0, 0, 0, 0, 1e-6, -2e-6, 0, 1e-6, 3e4, 1e4, -3e4, 0]);
    const restored = restoreRows(quantiseRows(values, 4), 4);
    expect([...restored.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    values.forEach((value, i) => expect(Math.abs(restored[i]! - value)).toBeLessThanOrEqual(i < 8 ? 1e-8 : 120));
  });
});
