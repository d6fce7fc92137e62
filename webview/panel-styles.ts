import { css } from 'lit';

/** The panel's frame: bars above and below, the text and the lists between, in any size. */
export const panelStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100vh;
    font-family: var(--vscode-font-family, sans-serif);
    font-size: var(--vscode-font-size, 13px);
    color: var(--vscode-foreground);
    background: var(--vscode-editor-background);
  }
  header {
    flex: none;
    display: flex;
    flex-direction: column;
    gap: 6px;
    padding: 8px 16px;
    border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
  }
  .bars {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 20px;
  }
  .guide {
    min-height: 24px;
    display: flex;
    align-items: center;
  }
  .hint {
    color: var(--vscode-descriptionForeground);
  }
  .middle {
    flex: 1;
    min-height: 0;
    display: flex;
  }
  main {
    flex: 1;
    min-width: 0;
    overflow-y: auto;
    /* What is drawn later above the text that is seen moves nothing: passage-text sees to that itself. */
    overflow-anchor: none;
    padding: 12px 8px 24px 0;
  }
  aside {
    flex: none;
    width: clamp(220px, 28%, 340px);
    overflow-y: auto;
    padding: 12px;
    border-inline-start: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
  }
  .guidelines {
    width: clamp(240px, 34%, 460px);
    padding-inline: 16px;
  }
  footer {
    flex: none;
    padding: 8px 16px;
    border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
    background: var(--vscode-editor-background);
  }
  .error {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 4px 8px;
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
    background: var(--vscode-inputValidation-errorBackground);
    border: 1px solid var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
  }
  .error span {
    flex: 1;
  }
  .notice {
    margin: auto;
    padding: 24px;
    max-width: 36em;
    text-align: center;
    line-height: 1.6;
  }
  .ways {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 8px;
  }
  @media (max-width: 1100px) {
    .guidelines {
      width: clamp(220px, 30%, 320px);
    }
    aside:has(+ .guidelines) {
      width: clamp(160px, 22%, 240px);
    }
  }
  @media (max-width: 640px) {
    aside:has(+ .guidelines) {
      width: auto;
    }
    .middle {
      display: block;
      overflow-y: auto;
      overflow-anchor: none;
    }
    main,
    aside,
    .guidelines {
      overflow: visible;
      width: auto;
    }
    aside {
      border-inline-start: none;
      border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
    }
    header,
    footer {
      padding-inline: 10px;
    }
  }
  /* So little height (a zoomed or split window) that fixed bars would leave no text: everything scrolls. */
  @media (max-height: 420px) {
    :host {
      display: block;
      overflow-y: auto;
      overflow-anchor: none;
    }
    .middle,
    main,
    aside {
      overflow: visible;
    }
  }
`;
