/**
 * Vectors as signed bytes with one scale a row (symmetric, largest value at 127). Of a row of normally distributed
 * values about 2·10⁻⁵ of the cosine is lost; test/unit/embedding/quantise.test.ts holds it below 10⁻³ for rows with
 * outliers, too.
 */
export interface QuantisedRows {
  /** One float32 a row. */
  readonly scales: Float32Array;
  /** A row after another. */
  readonly codes: Int8Array;
}

/** Quantises rows of `dimensions` values each. */
export function quantiseRows(rows: Float32Array, dimensions: number): QuantisedRows {
  const count = rows.length / dimensions;
  const scales = new Float32Array(count);
  const codes = new Int8Array(rows.length);
  for (let row = 0; row < count; row++) {
    const start = row * dimensions;
    let largest = 0;
    for (let i = start; i < start + dimensions; i++) largest = Math.max(largest, Math.abs(rows[i]!));
    if (largest === 0) continue;
    scales[row] = largest / 127;
    for (let i = start; i < start + dimensions; i++) codes[i] = Math.round((rows[i]! / largest) * 127);
  }
  return { scales, codes };
}

/** The rows that `quantiseRows` stands for. */
export function restoreRows({ scales, codes }: QuantisedRows, dimensions: number): Float32Array {
  const rows = new Float32Array(codes.length);
  for (let row = 0; row < scales.length; row++) {
    const scale = scales[row]!;
    const start = row * dimensions;
    const end = start + dimensions;
    for (let i = start; i < end; i++) rows[i] = codes[i]! * scale;
  }
  return rows;
}
