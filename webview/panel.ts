import type { VsCodeApi } from './connection.js';
import './marginalia-panel.js';

declare function acquireVsCodeApi(): VsCodeApi;

// VS Code pads a webview's body; the panel has the whole of it.
const page = new CSSStyleSheet();
page.replaceSync('html, body { margin: 0; padding: 0; height: 100%; }');
document.adoptedStyleSheets.push(page);

document.querySelector('marginalia-panel')?.connect(acquireVsCodeApi());
