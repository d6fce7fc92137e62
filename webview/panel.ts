import type { VsCodeApi } from './connection.js';
import './marginalia-panel.js';
import { useWholePage } from './page.js';

declare function acquireVsCodeApi(): VsCodeApi;

useWholePage();
document.querySelector('marginalia-panel')?.connect(acquireVsCodeApi());
