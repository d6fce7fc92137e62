/** Learning curves as SVG: text and lines that can be read on light and on dark ground. */
export interface Curve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly curves: readonly Curve[];
  /** A level drawn across, such as the score with all labels. */
  readonly level?: { readonly name: string; readonly y: number };
}

const WIDTH = 640;
const HEIGHT = 400;
const PLOT = { left: 56, right: 16, top: 40, bottom: 84 };
/** The first is drawn thicker. Told apart by dashes too. */
const STROKES = [
  { light: '#1d4ed8', dark: '#7ba6ff', dash: '' },
  { light: '#b45309', dark: '#f0a848', dash: '7 3' },
  { light: '#6b7280', dark: '#a9b0bb', dash: '2 3' },
  { light: '#be185d', dark: '#f485b7', dash: '10 3 2 3' },
  { light: '#047857', dark: '#4fd1a1', dash: '4 2' },
];

export function svgChart({ title, x, y, curves, level }: Chart): string {
  const points = curves.flatMap((curve) => curve.points);
  const [left, right] = extent(points.map((point) => point.x));
  const heights = [...points.map((point) => point.y), ...(level ? [level.y] : [])];
  const [low, high] = rounded(extent(heights));
  const px = (value: number) => PLOT.left + ((value - left) / (right - left || 1)) * (WIDTH - PLOT.left - PLOT.right);
  const py = (value: number) =>
    HEIGHT - PLOT.bottom - ((value - low) / (high - low || 1)) * (HEIGHT - PLOT.top - PLOT.bottom);
  const yTicks = ticks(low, high);
  const xTicks = ticks(left, right);
  const lines = [
    ...yTicks.map(
      (tick) =>
        `<line class="grid" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${at(py(tick))}" y2="${at(py(tick))}"/>`,
    ),
    ...yTicks.map(
      (tick) => `<text x="${PLOT.left - 8}" y="${at(py(tick) + 4)}" text-anchor="end">${label(tick)}</text>`,
    ),
    ...xTicks.map(
      (tick) => `<text x="${at(px(tick))}" y="${HEIGHT - PLOT.bottom + 18}" text-anchor="middle">${label(tick)}</text>`,
    ),
    `<text x="${WIDTH - PLOT.right}" y="${HEIGHT - PLOT.bottom + 36}" text-anchor="end">${escaped(x)}</text>`,
    `<text x="${PLOT.left}" y="${PLOT.top - 10}">${escaped(y)}</text>`,
    `<text class="title" x="${PLOT.left}" y="16">${escaped(title)}</text>`,
  ];
  if (level !== undefined)
    lines.push(
      `<line class="level" x1="${PLOT.left}" x2="${WIDTH - PLOT.right}" y1="${at(py(level.y))}" y2="${at(py(level.y))}"/>`,
      `<text x="${WIDTH - PLOT.right}" y="${at(py(level.y) - 5)}" text-anchor="end">${escaped(level.name)}</text>`,
    );
  curves.forEach((curve, i) => {
    const path = curve.points.map((point) => `${at(px(point.x))},${at(py(point.y))}`).join(' ');
    const legend = { x: PLOT.left + (i % 3) * 196, y: HEIGHT - 26 + Math.floor(i / 3) * 18 };
    const { dash } = STROKES[i % STROKES.length]!;
    const attributes = `class="curve c${i % STROKES.length}"${dash ? ` stroke-dasharray="${dash}"` : ''}`;
    lines.push(
      `<polyline ${attributes} points="${path}"/>`,
      `<line ${attributes} x1="${legend.x}" x2="${legend.x + 26}" y1="${legend.y - 4}" y2="${legend.y - 4}"/>`,
      `<text x="${legend.x + 32}" y="${legend.y}">${escaped(curve.name)}</text>`,
    );
  });
  const colours = (scheme: 'light' | 'dark') => STROKES.map((stroke, i) => `.c${i}{stroke:${stroke[scheme]}}`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">
<style>
svg{background:#fff}text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:14px}
.grid{stroke:#d0d7de}.level{stroke:#57606a;stroke-dasharray:1 4}.curve{fill:none;stroke-width:1.75}.c0{stroke-width:3}
${colours('light')}
@media(prefers-color-scheme:dark){svg{background:#0d1117}text{fill:#e6edf3}.grid{stroke:#30363d}.level{stroke:#9198a1}
${colours('dark')}}
</style>
${lines.join('\n')}
</svg>
`;
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** To tenths. */
function rounded([low, high]: [number, number]): [number, number] {
  return [Math.floor(low * 10) / 10, Math.ceil(high * 10) / 10];
}

/** About five round numbers. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const result: number[] = [];
  for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + 1e-9; tick += step) result.push(tick);
  return result;
}

const at = (value: number): string => value.toFixed(1);
const label = (value: number): string => String(Number(value.toFixed(3)));

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
