import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { chromium, errors, type Browser, type Frame, type Page } from 'playwright-core';
import { OLDEST, ensureCodeServer, startCodeServer } from '../../../scripts/code-server.mjs';
import { ensureChromium, repository } from '../../../scripts/install.mjs';
import { temporaryFolder } from '../../../scripts/sample.mjs';

const THEMES = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'high contrast': 'Default High Contrast',
  'high contrast light': 'Default High Contrast Light',
};

export interface LaunchOptions {
  /** The folder to open. */
  readonly workspace: string;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly theme?: keyof typeof THEMES;
  /** A `.vsix`, or the folder of a built extension; this repository unless given. */
  readonly extension?: string;
  /** Which code-server; the oldest that the extension supports unless given. */
  readonly version?: string;
  /** Variables that the extension finds in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** How long anything may take on a slow, busy machine. Nothing waits this long unless it has failed. */
const PATIENCE = 60_000;

/** Starts VS Code on a folder, in a browser without a window, and waits until its workbench is there. */
export async function launch(options: LaunchOptions): Promise<Editor> {
  const executablePath = await ensureChromium();
  const codeServer = await ensureCodeServer(options.version ?? OLDEST);
  const userDataDir = await temporaryFolder();
  const undo = [() => rm(userDataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })];
  const dispose = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const server = await startCodeServer({
      codeServer,
      workspace: options.workspace,
      extension: options.extension ?? repository,
      userDataDir,
      settings: { 'workbench.colorTheme': THEMES[options.theme ?? 'light'], ...options.settings },
      env: { ...options.env },
    });
    undo.push(server.stop);
    const browser = await startBrowser(executablePath);
    undo.push(() => browser.close());
    const page = await browser.newPage({ viewport: options.viewport ?? { width: 1400, height: 900 }, locale: 'en-GB' });
    page.setDefaultTimeout(PATIENCE);
    await page.goto(server.url);
    await page.locator('.monaco-workbench .part.statusbar').waitFor();
    return new Editor(page, userDataDir, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--disable-gpu',
      '--no-first-run',
      // Nothing of the browser's own may wait for a network that is not there.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
      // Chromium's sandbox does not work for root, as in most containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
}

/** A running VS Code, driven as a person would: by keys and by what is on the screen. */
export class Editor {
  constructor(
    readonly page: Page,
    private readonly userDataDir: string,
    private readonly close: () => Promise<void>,
  ) {}

  /** Reloads the window, as 'Developer: Reload Window' does, and waits until its workbench is there. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }

  /** Runs a command by its full title in the command palette, category included: `Marginalia: Open Panel`. */
  async command(title: string): Promise<void> {
    await this.pick(`>${title}`, title);
  }

  /** Opens a file of the workspace in a text editor. */
  async openFile(file: string): Promise<void> {
    const name = path.posix.basename(file);
    await this.pick(file, name);
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  }

  /**
   * The page of the Marginalia panel: VS Code puts a webview two frames deep, and shows the inner one when its content
   * has loaded. Ask again after the panel has been hidden, since it is then made anew.
   */
  async panel(): Promise<Frame> {
    const inner = this.page
      .locator('iframe.webview[src*="extensionId=marginalia.marginalia"]:visible')
      .first()
      .contentFrame()
      .locator('iframe#active-frame');
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const frame = await (await inner.elementHandle()).contentFrame();
      // None when VS Code has just replaced it by one with newer content.
      if (frame !== null && !frame.isDetached()) return frame;
      if (Date.now() > deadline) throw new Error('The panel does not come to rest.');
    }
  }

  /** The texts of the status bar's items. */
  async statusBar(): Promise<string[]> {
    const texts = await this.page.locator('.part.statusbar .statusbar-item:visible').allTextContents();
    return texts.map((text) => text.trim()).filter((text) => text !== '');
  }

  /** What the Problems panel shows, a string per row: files, and under each its problems. Rows out of sight are not among them. */
  async problems(): Promise<string[]> {
    await this.command('Problems: Focus on Problems View');
    const rows = await this.page.locator('.markers-panel .monaco-list-row').all();
    return Promise.all(rows.map(async (row) => (await row.getAttribute('aria-label')) ?? ''));
  }

  /** What the extension has written to its output channels. */
  async log(): Promise<string> {
    const logs = path.join(this.userDataDir, 'logs');
    const files = await readdir(logs, { recursive: true });
    const ours = files.filter((file) => file.includes('marginalia.marginalia') && file.endsWith('.log'));
    return (await Promise.all(ours.map((file) => readFile(path.join(logs, file), 'utf8')))).join('');
  }

  async screenshot(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  /** Ends the browser and the server with everything that they started. */
  async dispose(): Promise<void> {
    await this.close();
  }

  /**
   * Types into the quick input and picks the row of exactly this name. Opens it anew until the row is there, with more
   * patience each time: while VS Code is starting it may ignore the key, and a list that is open already does not gain
   * what extensions contribute meanwhile.
   */
  private async pick(text: string, name: string): Promise<void> {
    const { page } = this;
    const widget = page.locator('.quick-input-widget:visible');
    const row = widget
      .locator('.monaco-list-row')
      .filter({ has: page.locator('.label-name').getByText(name, { exact: true }) })
      .first();
    const deadline = Date.now() + PATIENCE;
    let picked = false;
    for (let timeout = 500; !picked; timeout *= 2) {
      try {
        if (!(await widget.isVisible())) await page.keyboard.press('F1');
        await widget.locator('input[type=text]').fill(text, { timeout });
        await row.click({ timeout });
        picked = true;
      } catch (error) {
        if (!(error instanceof errors.TimeoutError)) throw error;
        if (Date.now() > deadline) throw new Error(`VS Code does not offer '${name}'.`, { cause: error });
        if (await widget.isVisible()) await page.keyboard.press('Escape');
        await widget.waitFor({ state: 'hidden' });
      }
    }
    // Else what comes next could take the closing list for an open one.
    await row.waitFor({ state: 'hidden' });
  }
}
