import { css } from 'lit';

/** What several parts of the panel share. All colours are the theme's. */
export const shared = css`
  :host {
    box-sizing: border-box;
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  button {
    font: inherit;
    color: inherit;
    background: none;
    border: 1px solid transparent;
    border-radius: 3px;
    padding: 1px 6px;
    margin: 0;
    cursor: pointer;
    line-height: 1.4;
  }
  button:hover {
    background: var(--vscode-toolbar-hoverBackground, rgb(128 128 128 / 18%));
  }
  :focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }
  kbd {
    font-family: var(--vscode-editor-font-family, monospace);
    font-size: 0.85em;
    color: var(--vscode-keybindingLabel-foreground, inherit);
    background: var(--vscode-keybindingLabel-background, rgb(128 128 128 / 17%));
    border: 1px solid var(--vscode-keybindingLabel-border, transparent);
    border-radius: 3px;
    padding: 0 4px;
    margin-inline-start: 4px;
    white-space: nowrap;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: no-preference) {
    button {
      transition: background-color 80ms;
    }
  }
`;
