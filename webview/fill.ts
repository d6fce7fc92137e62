import { html, type TemplateResult } from 'lit';
import { place } from './place.js';
import type { Box } from './text-layer.js';

/** A box under the text, a pixel wider than the letters on both sides. */
export function fill(box: Box, kind: string, color = 'transparent'): TemplateResult {
  return html`<div
    class=${`fill ${kind}`}
    ${place({
      left: `${box.left - 1}px`,
      top: `${box.top}px`,
      width: `${box.right - box.left + 2}px`,
      height: `${box.bottom - box.top}px`,
      '--label': color,
    })}
  ></div>`;
}
