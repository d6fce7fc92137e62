/** VS Code pads a webview's body; our pages have the whole of it. */
export function useWholePage(): void {
  const page = new CSSStyleSheet();
  page.replaceSync('html, body { margin: 0; padding: 0; height: 100%; }');
  document.adoptedStyleSheets.push(page);
}
