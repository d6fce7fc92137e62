import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  createMessageConnection,
  Emitter,
  IPCMessageReader,
  IPCMessageWriter,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { EngineNotification, HostNotification, Params, RequestName, Result } from '../protocol/engine.js';
import {
  call,
  notifyEngine,
  onEngineNotification,
  type EngineNotificationParams,
  type HostNotificationParams,
} from '../protocol/rpc.js';
import { describe } from './describe.js';
import type { Log } from './log.js';
import { Restarts } from './restarts.js';

export type EngineState = 'starting' | 'working' | 'ready' | 'restarting' | 'failed' | 'stopped';

export interface EngineOptions {
  /** The engine's bundle. */
  readonly program: string;
  /** Asked before each start, the first and every later one: what the engine reads from disk must be there by then. */
  readonly prepare: () => Promise<Params<'start'>>;
  readonly log: Log;
}

/** A request that cannot be answered: the engine has ended, or was given up. */
export class EngineUnavailable extends Error {}

/** How often one request is sent: a request that has ended the engine twice does not get a third try. */
const ATTEMPTS = 2;
/** Milliseconds that the engine has to end by itself. */
const GRACE = 1500;

interface Pending {
  attempts: number;
  send(connection: MessageConnection): void;
  reject(error: Error): void;
}

/**
 * The engine process, seen from the host. It may die at any moment: it is then started again, and what was asked of it
 * is asked again. Notifications sent while it is down are kept until it is up.
 */
export class EngineClient {
  readonly #options: EngineOptions;
  readonly #restarts = new Restarts();
  readonly #pending = new Set<Pending>();
  readonly #stateChanged = new Emitter<EngineState>();
  readonly #listeners: ((connection: MessageConnection) => void)[] = [];
  #unsent: ((connection: MessageConnection) => Promise<void>)[] = [];
  #state: EngineState = 'stopped';
  #child: ChildProcess | undefined;
  /** Set once the engine has answered `start`. */
  #connection: MessageConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Grows with each start: what belongs to an earlier one is ignored. */
  #generation = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.on('idle', () => this.#report('ready'));
    this.on('progress', () => this.#report('working'));
  }

  get state(): EngineState {
    return this.#state;
  }

  readonly onState = this.#stateChanged.event;

  /** Listens to a notification of the engine, also of those that will be started later. */
  on<N extends EngineNotification>(name: N, listener: (params: EngineNotificationParams<N>) => void): void {
    const attach = (connection: MessageConnection): void =>
      onEngineNotification(connection, name, (params) => {
        try {
          listener(params);
        } catch (error) {
          this.#options.log.error(`Handling '${name}' failed: ${describe(error)}`);
        }
      });
    this.#listeners.push(attach);
  }

  start(): void {
    if (this.#state !== 'stopped') return;
    this.#enter('starting');
    void this.#launch();
  }

  /** Ends the engine and starts it anew, also after it was given up. */
  async restart(): Promise<void> {
    this.#restarts.reset();
    await this.#end();
    this.#enter('restarting');
    await this.#launch();
  }

  /** Ends the engine for good; requests that are not answered yet are rejected. */
  async stop(): Promise<void> {
    this.#enter('stopped');
    this.#rejectPending('The engine was stopped.');
    await this.#end();
  }

  /**
   * Asks the engine; waits while it starts or restarts. Rejects with EngineUnavailable when it has ended for good, with
   * ResponseError when it answers with an error or the request was cancelled.
   */
  request<N extends RequestName>(name: N, params: Params<N>, token?: CancellationToken): Promise<Result<N>> {
    if (this.#state === 'failed' || this.#state === 'stopped')
      return Promise.reject(new EngineUnavailable(`The engine is not running, so '${name}' cannot be answered.`));
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        attempts: 0,
        send: (connection) => {
          pending.attempts++;
          const generation = this.#generation;
          // A connection that has died rejects; then the request waits for the next one.
          call(connection, name, params, token).then(
            (result) => {
              if (this.#pending.delete(pending)) resolve(result);
            },
            (error: unknown) => {
              if (generation !== this.#generation || connection !== this.#connection) return;
              if (this.#pending.delete(pending)) reject(error instanceof Error ? error : new Error(String(error)));
            },
          );
        },
        reject,
      };
      this.#pending.add(pending);
      token?.onCancellationRequested(() => {
        // One that was sent is answered by the engine.
        if (this.#connection === undefined && this.#pending.delete(pending))
          reject(new EngineUnavailable(`The request '${name}' was cancelled.`));
      });
      if (this.#connection !== undefined) pending.send(this.#connection);
    });
  }

  notify<N extends HostNotification>(name: N, params: HostNotificationParams<N>): void {
    if (this.#state === 'failed' || this.#state === 'stopped') return;
    const send = (connection: MessageConnection): Promise<void> => notifyEngine(connection, name, params);
    if (this.#connection === undefined) this.#unsent.push(send);
    else this.#deliver(send, this.#connection);
  }

  async #launch(): Promise<void> {
    const generation = ++this.#generation;
    const { log, program, prepare } = this.#options;
    try {
      // What was to be told is on disk when the engine starts.
      this.#unsent = [];
      const params = await prepare();
      if (generation !== this.#generation) return;
      const started = performance.now();
      const child = fork(program, [], {
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
        // The extension host's own, such as a debugger's port, are not the engine's.
        execArgv: [],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      this.#child = child;
      child.on('error', (error) => log.error(`Engine process: ${error.message}`));
      child.on('exit', (code, signal) => this.#died(generation, signal ?? `code ${code ?? '?'}`));
      if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => log.info(`engine: ${line}`));
      if (child.stderr !== null) createInterface(child.stderr).on('line', (line) => log.warn(`engine: ${line}`));
      const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
      connection.onError(([error]) => log.warn(`Engine connection: ${error.message}`));
      for (const attach of this.#listeners) attach(connection);
      connection.listen();
      const { pid } = await call(connection, 'start', params);
      if (generation !== this.#generation) return;
      log.info(`Engine started, pid ${pid} (${(performance.now() - started).toFixed(0)} ms)`);
      this.#connection = connection;
      if (this.#state !== 'ready') this.#enter('working');
      for (const send of this.#unsent.splice(0)) this.#deliver(send, connection);
      for (const pending of [...this.#pending]) {
        if (pending.attempts < ATTEMPTS) pending.send(connection);
        else if (this.#pending.delete(pending))
          pending.reject(new EngineUnavailable('The engine ended each time that it was asked this.'));
      }
    } catch (error) {
      if (generation !== this.#generation) return;
      log.error(`The engine did not start: ${describe(error)}`);
      if (this.#child?.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
      else this.#died(generation, 'an error at its start');
    }
  }

  #died(generation: number, how: string): void {
    if (generation !== this.#generation || this.#state === 'stopped') return;
    this.#generation++;
    this.#connection?.dispose();
    this.#connection = undefined;
    this.#child = undefined;
    const delay = this.#restarts.next(Date.now());
    if (delay === undefined) {
      this.#options.log.error(`The engine ended (${how}) too often and is not started again.`);
      this.#enter('failed');
      this.#rejectPending('The engine has failed. Labelling goes on without it; see the log.');
      return;
    }
    this.#options.log.warn(`The engine ended (${how}). It is started again in ${delay} ms.`);
    this.#enter('restarting');
    this.#timer = setTimeout(() => void this.#launch(), delay);
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#generation++;
    const child = this.#child;
    const connection = this.#connection;
    this.#child = undefined;
    this.#connection = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const kill = setTimeout(() => child.kill('SIGKILL'), connection === undefined ? 0 : GRACE);
    if (connection !== undefined) call(connection, 'stop', {}).catch(() => undefined);
    await ended;
    clearTimeout(kill);
    connection?.dispose();
  }

  #deliver(send: (connection: MessageConnection) => Promise<void>, connection: MessageConnection): void {
    send(connection).catch((error: unknown) =>
      // It reads everything from disk when it is started again.
      this.#options.log.warn(`The engine could not be told of a change: ${describe(error)}`),
    );
  }

  #rejectPending(message: string): void {
    for (const pending of this.#pending) pending.reject(new EngineUnavailable(message));
    this.#pending.clear();
  }

  /** What the engine says of itself; one that is being ended may still speak. */
  #report(state: 'working' | 'ready'): void {
    if (this.#child !== undefined) this.#enter(state);
  }

  #enter(state: EngineState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#stateChanged.fire(state);
  }
}
