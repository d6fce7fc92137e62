import { css } from 'lit';

/** How plots look, in the theme's colours. In high contrast areas are outlined and not tinted. */
export const plotStyles = css`
  svg {
    display: block;
    max-width: 100%;
    overflow: visible;
    --ink: var(--vscode-charts-blue, var(--vscode-textLink-foreground, currentcolor));
    --accent: var(--vscode-charts-orange, var(--vscode-editorWarning-foreground, currentcolor));
    --soft: var(--vscode-charts-lines, rgb(128 128 128 / 50%));
    --edge: var(--vscode-contrastBorder, var(--ink));
  }
  text {
    font-family: var(--vscode-font-family, sans-serif);
    font-size: 12px;
    fill: var(--vscode-foreground);
  }
  .tick,
  .name {
    font-size: 11px;
  }
  .middle {
    text-anchor: middle;
  }
  .end {
    text-anchor: end;
  }
  .grid {
    stroke: var(--soft);
    stroke-width: 1;
    opacity: 0.4;
  }
  .axis {
    stroke: var(--vscode-foreground);
    stroke-width: 1;
    opacity: 0.7;
  }
  .band {
    fill: var(--ink);
    opacity: 0.16;
  }
  .line,
  .law,
  .whisker,
  .target {
    fill: none;
    stroke: var(--ink);
    stroke-width: 2;
  }
  .whisker {
    stroke-width: 1.2;
  }
  .law {
    stroke: var(--vscode-foreground);
    stroke-width: 1.5;
    stroke-dasharray: 6 4;
  }
  .point {
    fill: var(--ink);
    stroke: var(--vscode-editor-background);
    stroke-width: 1;
  }
  .expected,
  .diamond {
    stroke: var(--accent);
  }
  .diamond {
    fill: var(--vscode-editor-background);
    stroke-width: 2;
  }
  .target {
    stroke: var(--vscode-foreground);
    stroke-width: 1;
    stroke-dasharray: 1.5 3;
  }
  .bar {
    fill: var(--ink);
    fill-opacity: 0.75;
    stroke: var(--edge);
    stroke-width: 1;
  }
  @media (forced-colors: active) {
    svg {
      --ink: CanvasText;
      --accent: Highlight;
      --soft: GrayText;
      --edge: CanvasText;
    }
    text {
      fill: CanvasText;
    }
    .axis,
    .law,
    .target {
      stroke: CanvasText;
    }
    .point {
      stroke: Canvas;
    }
    .diamond {
      fill: Canvas;
    }
  }
`;
