/** Where marks that would cover each other go: each on the lowest level that is free. Pixels, any origin. */

export interface Piece {
  /** The visual line, counted from the top. */
  readonly row: number;
  readonly left: number;
  readonly right: number;
}

/**
 * A level for each item, from 0, such that no two items of one level overlap on any row. Items are placed in the order
 * given: put first what should stay nearest to the text. `gap` is the least distance between neighbours.
 */
export function levelsOf(items: readonly (readonly Piece[])[], gap = 4): number[] {
  const taken = new Map<number, Piece[][]>();
  return items.map((pieces) => {
    let level = 0;
    while (pieces.some((piece) => isTaken(taken.get(piece.row)?.[level], piece, gap))) level++;
    for (const piece of pieces) {
      const levels = taken.get(piece.row) ?? [];
      while (levels.length <= level) levels.push([]);
      levels[level]!.push(piece);
      taken.set(piece.row, levels);
    }
    return level;
  });
}

function isTaken(pieces: readonly Piece[] | undefined, { left, right }: Piece, gap: number): boolean {
  return pieces?.some((piece) => left < piece.right + gap && piece.left < right + gap) ?? false;
}
