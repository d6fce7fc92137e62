import { l10n, ProgressLocation, window } from 'vscode';
import { catalogueModel } from '../models/catalogue.js';
import { DownloadError } from '../models/download-error.js';
import { describeModel, type HubModel } from '../models/hub.js';
import { installModel } from '../models/install.js';
import { downloadFolder } from '../models/reference.js';
import { describe } from './describe.js';
import type { Log } from './log.js';
import { readHubHost, readNetwork } from './model-network.js';

/** A model may be this much larger than what the person agreed to before they are asked again. */
const TOLERANCE = 1.1;

/**
 * Downloads a model of the hub after asking. Nothing is sent to the hub before the person has agreed, and nothing is
 * downloaded before they know how much it is.
 * @param inUse the model that stays in use when nothing comes of it
 * @returns whether it is there
 */
export async function downloadModel(id: string, downloads: string, inUse: string, log: Log): Promise<boolean> {
  for (;;) {
    try {
      return await askAndDownload(id, downloads, log);
    } catch (error) {
      if (isAbort(error)) {
        log.info(`The download of ${id} was cancelled; what has arrived is kept for the next attempt.`);
        return false;
      }
      const why = describe(error);
      log.error(`${id} was not downloaded: ${why}`);
      const again = l10n.t('Try Again');
      const mayPass = error instanceof DownloadError && !['refused', 'missing', 'busy'].includes(error.failure);
      const message = l10n.t('{0} was not downloaded: {1}. The model in use stays: {2}.', id, why, inUse);
      if ((await window.showErrorMessage(message, ...(mayPass ? [again] : []))) !== again) return false;
    }
  }
}

async function askAndDownload(id: string, downloads: string, log: Log): Promise<boolean> {
  const host = readHubHost();
  const known = catalogueModel(id);
  if (
    known === undefined ? !(await mayAsk(id, host)) : !(await mayDownload(id, host, downloads, known.megabytes * 1e6))
  )
    return false;
  const network = readNetwork();
  const model = await withProgress(l10n.t('Asking {0} about {1}…', new URL(host).host, id), (signal) =>
    describeModel(host, id, network, signal),
  );
  const agreed = known === undefined ? 0 : known.megabytes * 1e6 * TOLERANCE;
  if (model.bytes > agreed && !(await mayDownload(id, host, downloads, model.bytes, model))) return false;
  log.info(`Downloading ${id} (${model.revision}, ${model.bytes} bytes) from ${host} to ${downloads}`);
  await withProgress(l10n.t('Downloading {0}', id), (signal, report) =>
    installModel(downloads, model, { signal, network, onProgress: (bytes) => report(bytes, model.bytes) }),
  );
  log.info(`${id} is downloaded and checked.`);
  return true;
}

/** Before a model that nothing is known of: may the hub be asked for its list of files? */
async function mayAsk(id: string, host: string): Promise<boolean> {
  const ask = l10n.t('Ask');
  const detail = l10n.t('Only the names and sizes of its files. You are asked again before anything is downloaded.');
  const message = l10n.t('Ask {0} about the model {1}?', new URL(host).host, id);
  return (await window.showInformationMessage(message, { modal: true, detail }, ask)) === ask;
}

async function mayDownload(
  id: string,
  host: string,
  downloads: string,
  bytes: number,
  model?: HubModel,
): Promise<boolean> {
  const download = l10n.t('Download');
  const files = model?.files.map(({ path }) => path) ?? [
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/model.onnx',
  ];
  const detail = [
    l10n.t('From: {0} and its storage', new URL(host).host),
    l10n.t('Files: {0}', files.join(', ')),
    l10n.t('Size: {0} MB', Math.ceil(bytes / 1e6)),
    l10n.t('To: {0}', downloadFolder(downloads, id)),
    l10n.t('Your texts stay on this computer. Once it is downloaded, the model works offline.'),
  ].join('\n');
  const message = l10n.t('Download the model {0}?', id);
  return (await window.showInformationMessage(message, { modal: true, detail }, download)) === download;
}

function withProgress<T>(
  title: string,
  work: (signal: AbortSignal, report: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const running = window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    (progress, token) => {
      token.onCancellationRequested(() => controller.abort());
      let shown = 0;
      return work(controller.signal, (done, total) => {
        const percent = Math.floor((100 * done) / Math.max(1, total));
        if (percent === shown) return;
        const message = l10n.t('{0} of {1} MB', Math.floor(done / 1e6), Math.ceil(total / 1e6));
        progress.report({ increment: percent - shown, message });
        shown = percent;
      });
    },
  );
  return Promise.resolve(running);
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
