import { useWholePage } from './page.js';
import type { ProgressApi } from './progress/marginalia-progress.js';
import './progress/marginalia-progress.js';

declare function acquireVsCodeApi(): ProgressApi;

useWholePage();
document.querySelector('marginalia-progress')?.connect(acquireVsCodeApi());
