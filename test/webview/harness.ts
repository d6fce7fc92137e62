import { createServer, type Server } from 'node:http';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Action, FromPanel, PanelView, ToPanel, ViewSpan } from '../../src/protocol/panel.js';
import type { ToProgressPage } from '../../src/protocol/progress-panel.js';
import { themes, type ThemeName } from './themes.js';

/** The panel in Chromium, as VS Code shows it: the built page under its content security policy, and a host to play. */

declare global {
  interface Window {
    posted: FromPanel[];
    toHost?: (message: FromPanel) => Promise<void>;
  }
}

const root = new URL('../../', import.meta.url);
const nonce = 'bm9uY2U';

const pageNames = ['panel', 'progress'] as const;
type PageName = (typeof pageNames)[number];

const flags = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

export interface Place {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface PanelPage {
  readonly page: Page;
  /** Plays the host. */
  send(...messages: (ToPanel | ToProgressPage)[]): Promise<void>;
  show(view: PanelView): Promise<void>;
  /** Changes the theme, as a person may while the page is open. */
  dress(theme: ThemeName): Promise<void>;
  posted(): Promise<FromPanel[]>;
  actions(): Promise<Action[]>;
  /** Where a stretch of the shown text stands, a box a line; UTF-16 units. */
  rects(span: ViewSpan): Promise<Place[]>;
  /** The same for many. */
  allRects(spans: readonly ViewSpan[]): Promise<Place[][]>;
  /** What is announced to screen readers now. */
  said(): Promise<string>;
  /** Errors of the page and violations of its policy: a test ends with none. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

export interface Stage {
  open(options?: {
    readonly theme?: ThemeName;
    readonly width?: number;
    readonly height?: number;
    readonly scale?: number;
    /** More CSS variables or a font, for screenshots. */
    readonly variables?: Readonly<Record<string, string>>;
    readonly stylesheet?: string;
    /** Which of the extension's pages; the panel unless given. */
    readonly of?: PageName;
    /** Plays the host too: gets what the page posts, as it posts it. */
    readonly host?: (message: FromPanel) => void;
  }): Promise<PanelPage>;
  close(): Promise<void>;
}

/** Builds the extension's pages, serves them from 127.0.0.1 and starts a browser. `files` are served too, by path. */
export async function startStage(
  files: ReadonlyMap<string, { readonly type: string; readonly body: Uint8Array }> = new Map(),
): Promise<Stage> {
  const built = await build({
    entryPoints: pageNames.map((name) => fileURLToPath(new URL(`webview/${name}.ts`, root))),
    outdir: '.',
    tsconfig: fileURLToPath(new URL('webview/tsconfig.json', root)),
    bundle: true,
    format: 'esm',
    write: false,
  });
  const scripts = new Map(built.outputFiles.map(({ path, text }) => [`/${basename(path)}`, text]));
  const { server, origin } = await serve((path) => {
    const script = scripts.get(path);
    return script === undefined ? files.get(path) : { type: 'text/javascript', body: script };
  });
  const browser: Browser = await chromium.launch({
    executablePath: process.env['CHROME_PATH'] ?? '/usr/bin/chromium',
    args: flags,
  });
  const contexts = new Map<number, BrowserContext>();
  return {
    async open({
      theme = 'dark',
      width = 1000,
      height = 640,
      scale = 1,
      variables = {},
      stylesheet,
      host,
      of = 'panel',
    } = {}) {
      // A context takes as long to make as a test to run, so those of one scale share one.
      const context = contexts.get(scale) ?? (await browser.newContext({ deviceScaleFactor: scale }));
      contexts.set(scale, context);
      const page = await context.newPage();
      await page.setViewportSize({ width, height });
      const problems: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(error.message));
      if (host !== undefined) await page.exposeFunction('toHost', host);
      await page.goto(`${origin}/${of}${stylesheet === undefined ? '' : `?${stylesheet}`}`);
      const dress = (name: ThemeName): Promise<void> =>
        page.evaluate(
          ([kind, values]) => {
            document.body.className = kind;
            document.documentElement.removeAttribute('style');
            for (const [variable, value] of Object.entries(values)) {
              document.documentElement.style.setProperty(`--vscode-${variable}`, value);
            }
          },
          [themes[name].body, { ...themes[name].variables, ...variables }] as const,
        );
      await dress(theme);
      const send = async (...messages: (ToPanel | ToProgressPage)[]): Promise<void> => {
        await page.evaluate(async (all) => {
          for (const message of all) window.postMessage(message, '*');
          // Two frames: one for the messages and what they change, one for what is measured and drawn from it.
          for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
        }, messages);
      };
      const posted = async (): Promise<FromPanel[]> => page.evaluate(() => window.posted);
      return {
        page,
        problems,
        send,
        dress,
        posted,
        show: (view) => send({ type: 'view', view }),
        actions: async () => (await posted()).flatMap((message) => (message.type === 'action' ? [message.action] : [])),
        said: async () => ((await page.locator('marginalia-panel > div.unseen').textContent()) ?? '').trim(),
        rects: async (span) => (await page.evaluate(rectsOf, [span]))[0] ?? [],
        allRects: (spans) => page.evaluate(rectsOf, spans),
        close: () => page.close(),
      };
    },
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Runs in the page: finds the text on its own, so that a mistake of the panel's is not made twice. */
function rectsOf(spans: readonly ViewSpan[]): Place[][] {
  const root = document.querySelector('marginalia-panel')?.shadowRoot?.querySelector('passage-text')?.shadowRoot;
  const places = spans.map((): Place[] => []);
  let at = 0;
  for (const block of root?.querySelectorAll('.block') ?? []) {
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const length = node.textContent?.length ?? 0;
      const range = document.createRange();
      spans.forEach(({ start, end }, i) => {
        if (start >= at + length || at >= end) return;
        range.setStart(node, Math.max(0, start - at));
        range.setEnd(node, Math.min(length, end - at));
        for (const { left, right, top, bottom } of range.getClientRects())
          places[i]?.push({ left, right, top, bottom });
      });
      at += length;
    }
    at += 1;
  }
  return places;
}

interface Served {
  readonly type: string;
  readonly body: string | Uint8Array;
}

async function serve(file: (path: string) => Served | undefined): Promise<{ server: Server; origin: string }> {
  let origin = '';
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', origin);
    const name = pageNames.find((one) => pathname === `/${one}`);
    const served = name === undefined ? file(pathname) : page(origin, name, search.slice(1));
    if (served === undefined) {
      response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { 'content-type': `${served.type}; charset=utf-8` }).end(served.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  origin = `http://127.0.0.1:${address.port}`;
  return { server, origin };
}

/** The host's page: the same policy, with this server in the place of VS Code's resource origin. */
function page(origin: string, name: PageName, stylesheet: string): Served {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${origin}; font-src ${origin}`;
  return {
    type: 'text/html',
    body: `<!doctype html><html lang="en"><head><title>Marginalia</title>
<meta http-equiv="Content-Security-Policy" content="${policy}">
${stylesheet === '' ? '' : `<link rel="stylesheet" href="${stylesheet}">`}</head>
<body><marginalia-${name}></marginalia-${name}>
<script nonce="${nonce}">
window.posted = [];
window.acquireVsCodeApi = () => ({
  getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null'),
  setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  postMessage: (message) => {
    window.posted.push(message);
    void window.toHost?.(message);
  },
});
document.addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective + ' ' + event.sourceFile + ':' + event.lineNumber));
</script>
<script type="module" nonce="${nonce}" src="/${name}.js"></script></body></html>`,
  };
}
