/**
 * Factors a symmetric positive definite matrix, given by its lower triangle, in place: A = L·Lᵀ. Throws a RangeError where
 * it is not positive definite. O(n³/6).
 */
export function cholesky(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      if (i > j) a[i * n + j] = sum / a[j * n + j]!;
      else if (sum > 0) a[i * n + i] = Math.sqrt(sum);
      else throw new RangeError(`the matrix is not positive definite (row ${i})`);
    }
  }
}

/**
 * A solver of A·x = b for a symmetric positive definite A (its lower triangle counts; it is overwritten): takes one or more
 * right-hand sides one after the other and returns as many solutions.
 */
export function choleskySolve(a: Float64Array, n: number): (b: Float64Array) => Float64Array {
  cholesky(a, n);
  return (b) => {
    const solutions = Float64Array.from(b);
    for (let at = 0; at < b.length; at += n) {
      const x = solutions.subarray(at, at + n);
      for (let i = 0; i < n; i++) {
        let sum = x[i]!;
        for (let k = 0; k < i; k++) sum -= a[i * n + k]! * x[k]!;
        x[i] = sum / a[i * n + i]!;
      }
      backSubstitute(a, n, x);
    }
    return solutions;
  };
}

/** Solves Lᵀ·x = b in place. */
export function backSubstitute(lower: Float64Array, n: number, x: Float64Array): void {
  for (let i = n - 1; i >= 0; i--) {
    const value = x[i]! / lower[i * n + i]!;
    x[i] = value;
    for (let k = 0; k < i; k++) x[k]! -= lower[i * n + k]! * value;
  }
}
