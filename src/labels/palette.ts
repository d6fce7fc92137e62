/**
 * Default colours of entity types: Okabe & Ito's colour-blind safe palette ("Color Universal Design", 2008; without
 * its black, which is the text's), then Paul Tol's "muted" scheme (SRON/EPS/TN/09-002, 2021) without its pale grey.
 */
export const palette: readonly string[] = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#332288',
  '#cc6677',
  '#44aa99',
  '#882255',
  '#ddcc77',
  '#117733',
  '#aa4499',
  '#999933',
  '#88ccee',
];

/**
 * Fills the gaps with palette colours in order, those already taken last: a label keeps its colour when one is added
 * after it. With more labels than colours they repeat.
 */
export function withDefaultColors(chosen: readonly (string | undefined)[]): string[] {
  const taken = new Set(chosen.map((color) => color?.toLowerCase()));
  const order = [...palette.filter((color) => !taken.has(color)), ...palette.filter((color) => taken.has(color))];
  let next = 0;
  return chosen.map((color) => color ?? order[next++ % order.length]!);
}
