import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import type { z } from 'zod';
import {
  engineNotifications,
  hostNotifications,
  requests,
  type EngineNotification,
  type HostNotification,
  type Params,
  type RequestName,
  type Result,
} from './engine.js';

/** Typed calls over a connection; each side checks what it receives before it uses it. */

export type Handlers = {
  readonly [N in RequestName]: (params: Params<N>, token: CancellationToken) => Promise<Result<N>>;
};

/** Serves requests; params that do not fit the schema are refused with the path of what is wrong. */
export function serve(connection: MessageConnection, handlers: Handlers): void {
  for (const name of Object.keys(requests) as RequestName[]) serveOne(connection, name, handlers);
}

function serveOne<N extends RequestName>(connection: MessageConnection, name: N, handlers: Pick<Handlers, N>): void {
  connection.onRequest(name, async (params: unknown, token: CancellationToken) =>
    handlers[name](parse(requests[name].params, params, name) as Params<N>, token),
  );
}

/** Calls the engine. Rejects with ResponseError: what the engine said, or RequestCancelled. */
export async function call<N extends RequestName>(
  connection: MessageConnection,
  name: N,
  params: Params<N>,
  token?: CancellationToken,
): Promise<Result<N>> {
  const result: unknown = await (token === undefined
    ? connection.sendRequest(name, params)
    : connection.sendRequest(name, params, token));
  return parse(requests[name].result, result, name) as Result<N>;
}

export type HostNotificationParams<N extends HostNotification> = z.infer<(typeof hostNotifications)[N]>;
export type EngineNotificationParams<N extends EngineNotification> = z.infer<(typeof engineNotifications)[N]>;

export async function notifyEngine<N extends HostNotification>(
  connection: MessageConnection,
  name: N,
  params: HostNotificationParams<N>,
): Promise<void> {
  await connection.sendNotification(name, params);
}

export async function notifyHost<N extends EngineNotification>(
  connection: MessageConnection,
  name: N,
  params: EngineNotificationParams<N>,
): Promise<void> {
  await connection.sendNotification(name, params);
}

export function onHostNotification<N extends HostNotification>(
  connection: MessageConnection,
  name: N,
  listener: (params: HostNotificationParams<N>) => void,
): void {
  connection.onNotification(name, (params: unknown) => {
    listener(parse(hostNotifications[name], params, name) as HostNotificationParams<N>);
  });
}

export function onEngineNotification<N extends EngineNotification>(
  connection: MessageConnection,
  name: N,
  listener: (params: EngineNotificationParams<N>) => void,
): void {
  connection.onNotification(name, (params: unknown) => {
    listener(parse(engineNotifications[name], params, name) as EngineNotificationParams<N>);
  });
}

function parse(schema: z.ZodType, value: unknown, name: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`Message '${name}' is not of its form at '${issue?.path.join('.') ?? ''}': ${issue?.message ?? ''}`);
}
