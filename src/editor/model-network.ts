import { workspace } from 'vscode';
import { DEFAULT_NETWORK, type Network } from '../models/http.js';
import { hubHost } from '../models/hub.js';
import { section } from './settings.js';

/** How downloads reach the network: as VS Code's own settings and the environment say. */
export function readNetwork(): Network {
  const http = workspace.getConfiguration('http');
  const off = http.get('proxySupport') === 'off';
  return {
    ...DEFAULT_NETWORK,
    environment: off ? {} : process.env,
    proxy: {
      proxy: off ? '' : http.get<string>('proxy', ''),
      noProxy: http.get<string[]>('noProxy', []),
      authorization: http.get<string | null>('proxyAuthorization', null) ?? undefined,
    },
    strictCertificates: http.get('proxyStrictSSL', true),
  };
}

/** Where models are downloaded from. */
export function readHubHost(): string {
  return hubHost(workspace.getConfiguration(section).get<string>('hubHost', ''));
}
