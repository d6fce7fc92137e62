import { randomBytes } from 'node:crypto';
import { Uri, type Webview, type WebviewOptions } from 'vscode';

/** Pages of ours run scripts of ours and nothing else. */
export function pageOptions(extensionUri: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [pagesFolder(extensionUri)] };
}

/** The document of a page: the element `marginalia-<name>` and the script that defines it, under a strict policy. */
export function pageHtml(webview: Webview, extensionUri: Uri, name: 'panel' | 'progress'): string {
  const nonce = randomBytes(16).toString('base64url');
  const script = webview.asWebviewUri(Uri.joinPath(pagesFolder(extensionUri), `${name}.js`)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Marginalia</title>
</head>
<body>
<marginalia-${name}></marginalia-${name}>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

function pagesFolder(extensionUri: Uri): Uri {
  return Uri.joinPath(extensionUri, 'dist', 'webview');
}
