import { nothing, svg, type SVGTemplateResult } from 'lit';
import type { Progress, TaskProgress } from '../../src/protocol/progress.js';
import { layoutCurve, type Box, type Mark } from './curve.js';
import { bandPath, clipped, linearScale, linePath, niceTicks, round } from './geometry.js';
import { balanceName, percentage } from './words.js';

/** The plots as SVG. Shapes and line styles differ, not only colours; the classes are styled in plot-styles.ts. */

export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly content: SVGTemplateResult;
}

const CURVE_HEIGHT = 250;
const HISTOGRAM_HEIGHT = 190;
const ROW = 22;
/** About the width of a character at the size of plot texts, in pixels. */
const CHARACTER = 6.4;

/** Scores over labels: measured with intervals, the fitted law, what is expected of further labels, the target. */
export function curvePlot(task: TaskProgress, target: number | undefined, width: number): Plot {
  const box: Box = { left: 46, right: width - 18, top: 14, bottom: CURVE_HEIGHT - 40 };
  const { marks, law, expected, target: targetAt, xTicks, yTicks } = layoutCurve(task, target, box);
  const content = svg`
    ${yTicks.map(
      ({ value, at }) => svg`
        <line class="grid" x1=${box.left} x2=${box.right} y1=${round(at)} y2=${round(at)}></line>
        <text class="tick end" x=${box.left - 7} y=${round(at) + 4}>${percentage(value, 0)}</text>`,
    )}
    ${xTicks.map(
      ({ value, at }) => svg`
        <line class="axis" x1=${round(at)} x2=${round(at)} y1=${box.bottom} y2=${box.bottom + 4}></line>
        <text class="tick middle" x=${round(at)} y=${box.bottom + 17}>${value}</text>`,
    )}
    <line class="axis" x1=${box.left} x2=${box.right} y1=${box.bottom} y2=${box.bottom}></line>
    <text class="name middle" x=${(box.left + box.right) / 2} y=${CURVE_HEIGHT - 6}>labelled passages (logarithmic)</text>
    ${
      targetAt === undefined
        ? nothing
        : svg`<line class="target" x1=${box.left} x2=${box.right} y1=${round(targetAt)} y2=${round(targetAt)}></line>
            <text class="name" x=${box.left + 6} y=${round(targetAt) + (targetAt - box.top < 14 ? 14 : -5)}>target ${percentage(target ?? 0, 0)}</text>`
    }
    <path class="band" d=${bandPath(
      marks.map(({ high }) => high),
      marks.map(({ low }) => low),
    )}></path>
    ${law.length < 2 ? nothing : svg`<path class="law" d=${linePath(law)}></path>`}
    ${marks.map((mark) => whisker(mark, 'measured'))}
    <path class="line" d=${linePath(marks.map(({ at }) => at))}></path>
    ${marks.map(
      (mark) =>
        svg`<circle class="point" cx=${round(mark.at[0])} cy=${round(mark.at[1])} r="3.5"><title>${describeMark(mark)}</title></circle>`,
    )}
    ${
      expected === undefined
        ? nothing
        : svg`${whisker(expected, 'expected')}
            <path class="diamond" d=${diamond(expected)}><title>Expected: ${describeMark(expected)}</title></path>`
    }`;
  return { width, height: CURVE_HEIGHT, content };
}

function whisker({ low, high }: Mark, kind: string): SVGTemplateResult {
  const [x, bottom] = low;
  const top = high[1];
  return svg`<path class="whisker ${kind}" d="M${round(x)} ${round(top)}V${round(bottom)}M${round(x - 4)} ${round(top)}h8M${round(x - 4)} ${round(bottom)}h8"></path>`;
}

function diamond({ at: [x, y] }: Mark): string {
  return `M${round(x)} ${round(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5Z`;
}

function describeMark({ labels, score }: Mark): string {
  return `${percentage(score)} with ${labels} labelled passages`;
}

/** How many unlabelled passages are how uncertain. */
export function uncertaintyPlot({ uncertainty }: TaskProgress, width: number): Plot {
  const box: Box = { left: 46, right: width - 18, top: 20, bottom: HISTOGRAM_HEIGHT - 40 };
  const ticks = niceTicks(0, Math.max(1, ...uncertainty), 4).filter(Number.isInteger);
  const y = linearScale([0, ticks.at(-1) ?? 1], [box.bottom, box.top]);
  const step = (box.right - box.left) / uncertainty.length;
  const content = svg`
    ${ticks.map(
      (value) => svg`
        <line class="grid" x1=${box.left} x2=${box.right} y1=${round(y(value))} y2=${round(y(value))}></line>
        <text class="tick end" x=${box.left - 7} y=${round(y(value)) + 4}>${value}</text>`,
    )}
    ${uncertainty.map((count, i) => {
      const left = box.left + i * step;
      return svg`
        <rect class="bar" x=${round(left + 2)} width=${round(step - 4)} y=${round(y(count))} height=${round(box.bottom - y(count))}></rect>
        ${count === 0 ? nothing : svg`<text class="tick middle" x=${round(left + step / 2)} y=${round(y(count)) - 4}>${count}</text>`}
        ${i % 2 === 0 ? svg`<text class="tick middle" x=${round(left)} y=${box.bottom + 15}>${percentage(i / uncertainty.length, 0)}</text>` : nothing}`;
    })}
    <text class="tick middle" x=${box.right} y=${box.bottom + 15}>100 %</text>
    <line class="axis" x1=${box.left} x2=${box.right} y1=${box.bottom} y2=${box.bottom}></line>
    <text class="name" x=${box.left} y=${HISTOGRAM_HEIGHT - 6}>← certain</text>
    <text class="name end" x=${box.right} y=${HISTOGRAM_HEIGHT - 6}>undecided →</text>`;
  return { width, height: HISTOGRAM_HEIGHT, content };
}

/** How often each label was given; bars of one kind share a scale. */
export function balancePlot(balance: Progress['balance'], width: number): Plot {
  const longest = Math.max(4, ...balance.map((item) => Array.from(balanceName(item)).length));
  const room = Math.min(width * 0.4, longest * CHARACTER + 12);
  const left = Math.round(room);
  const most = (kind: string): number =>
    Math.max(1, ...balance.filter((item) => item.kind === kind).map(({ count }) => count));
  const digits = String(Math.max(...balance.map(({ count }) => count), 0)).length;
  const right = width - digits * CHARACTER - 14;
  let top = 4;
  let before: string | undefined;
  const rows = balance.map((item) => {
    if (before !== undefined && before !== item.kind) top += 10;
    before = item.kind;
    const at = top;
    top += ROW;
    const end = linearScale([0, most(item.kind)], [left, right])(item.count);
    const name = balanceName(item);
    const shown = clipped(name, Math.floor((left - 10) / CHARACTER));
    return svg`
      <text class="label end" x=${left - 8} y=${at + 15}>${shown}${shown === name ? nothing : svg`<title>${name}</title>`}</text>
      <rect class="bar ${item.kind}" x=${left} width=${round(Math.max(end - left, item.count === 0 ? 0 : 2))} y=${at + 3} height=${ROW - 7}></rect>
      <text class="tick" x=${round(end + 6)} y=${at + 15}>${item.count}</text>`;
  });
  return {
    width,
    height: top + 4,
    content: svg`${rows}<line class="axis" x1=${left} x2=${left} y1="0" y2=${top}></line>`,
  };
}
