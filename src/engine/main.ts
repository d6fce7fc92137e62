import { constants, getPriority, setPriority } from 'node:os';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type CancellationToken,
} from 'vscode-jsonrpc/node';
import { notifyHost, onHostNotification, serve, type EngineNotificationParams } from '../protocol/rpc.js';
import type { EngineNotification } from '../protocol/engine.js';
import { reportInThread } from './estimate-thread.js';
import { Session } from './session.js';

/** The engine process: answers the host over the IPC channel that it was forked with, and ends with it. */

stepBack();

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));

let session: Session | undefined;

function emit<N extends EngineNotification>(name: N, params: EngineNotificationParams<N>): void {
  // The host may be gone already: then there is nobody to tell.
  notifyHost(connection, name, params).catch(() => process.exit(0));
}

function current(): Session {
  if (session === undefined) throw new Error("The engine was asked for something before 'start'.");
  return session;
}

/** The editor's own processes go first where there are few cores: what a person waits for is never behind the ranking. */
function stepBack(): void {
  const { PRIORITY_BELOW_NORMAL: low } = constants.priority;
  try {
    if (getPriority() < low) setPriority(low);
  } catch {
    // Where that is forbidden it works all the same.
  }
}

/** A signal that aborts when the host cancels the request. */
function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

serve(connection, {
  start: async ({ folder, storage, models, downloads, settings }) => {
    if (session !== undefined) await session.dispose();
    const reporter = reportInThread(new URL('./estimate-worker.mjs', import.meta.url));
    session = new Session({ folder, storage, models, downloads, settings, emit, reporter });
    session.start();
    return Promise.resolve({ pid: process.pid });
  },
  configure: ({ settings }) => {
    current().configure(settings);
    return Promise.resolve({});
  },
  candidates: (params, token) => current().candidates(params, signalOf(token)),
  passages: (params, token) => current().passages(params, signalOf(token)),
  find: async ({ text, limit }, token) => ({ items: await current().find(text, limit, signalOf(token)) }),
  documents: async ({ places }, token) => ({ items: await current().documents(places, signalOf(token)) }),
  passage: async ({ key }, token) => ({ item: (await current().passage(key, signalOf(token))) ?? null }),
  progress: (_params, token) => current().progress(signalOf(token)),
  synthesise: async ({ count }, token) => ({ items: await current().synthesise(count, signalOf(token)) }),
  locate: async ({ doc }) => ({ ref: (await current().locate(doc)) ?? null }),
  stop: async () => {
    await session?.dispose();
    // After the answer has left.
    setImmediate(() => process.exit(0));
    return {};
  },
});
onHostNotification(connection, 'labelsChanged', ({ put, removed }) => current().labelsChanged(put, removed));
onHostNotification(connection, 'labelsReloaded', () => current().labelsReloaded());
onHostNotification(connection, 'filesChanged', ({ files }) => current().filesChanged(files));
onHostNotification(connection, 'modelsChanged', () => current().modelsChanged());
onHostNotification(connection, 'projectChanged', () => current().projectChanged());

process.on('disconnect', () => process.exit(0));
connection.listen();
