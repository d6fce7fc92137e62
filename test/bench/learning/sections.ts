import { readFile, writeFile } from 'node:fs/promises';

const file = 'docs/benchmarks.md';

/** Puts a generated section into docs/benchmarks.md, in the place of its predecessor or at the end. */
export async function writeSection(name: string, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const before = await readFile(file, 'utf8').catch(() => '# Benchmarks\n');
  const section = `${begin}\n\n${markdown.trim()}\n\n${end}`;
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  const after =
    from >= 0 && to > from
      ? before.slice(0, from) + section + before.slice(to + end.length)
      : `${before.trimEnd()}\n\n${section}\n`;
  await writeFile(file, after);
}

/** A Markdown table; cells of numbers stand to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const numeric = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^[\d.,–+−±×% /-]*( ms| MB| s)?$/.test(row[i] ?? '')),
  );
  const widths = head.map((cell, i) => Math.max(4, cell.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (numeric[i] ? (cells[i] ?? '').padStart(width) : (cells[i] ?? '').padEnd(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (numeric[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
