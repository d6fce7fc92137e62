import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as transformersModule from '@huggingface/transformers';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RuntimeName } from './types.js';

export type RuntimeSetting = 'auto' | RuntimeName;

type SessionOptions = InferenceSession.SessionOptions;

/** What is used of the native and of the WASM package. */
interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: string | Uint8Array, options?: SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (...args: never[]) => Tensor;
}

export interface Runtime {
  readonly name: RuntimeName;
  /** One sentence: why this runtime. */
  readonly reason: string;
  /** Opens the ONNX model in a file. */
  readonly open: (file: string, options?: SessionOptions) => Promise<InferenceSession>;
  /** Whether a value is a tensor of this runtime. */
  readonly isTensor: (value: unknown) => boolean;
}

/** Where onnxruntime-node has a binary; elsewhere it is not even tried. */
const NATIVE_PLATFORMS: readonly string[] = ['darwin-arm64', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64'];

const requireFromHere = createRequire(import.meta.url);

/**
 * Loads ONNX Runtime: the native one where its binary loads, else WASM.
 * @throws Error where the setting demands the native one and it does not load.
 */
export async function loadRuntime(setting: RuntimeSetting): Promise<Runtime> {
  if (setting === 'wasm') return wasmRuntime('WASM, because the setting asks for it.');
  const native = loadNative();
  if ('onnx' in native) {
    const { onnx } = native;
    const why = setting === 'native' ? 'the setting asks for it' : `its binary loads on ${platform()}`;
    return {
      name: 'native',
      reason: `Native, because ${why}.`,
      open: (file, options) => onnx.InferenceSession.create(file, options),
      isTensor: (value) => value instanceof onnx.Tensor,
    };
  }
  if (setting === 'native') {
    throw new Error(
      `Native ONNX Runtime cannot be used: ${native.failure}. Set the runtime to 'auto' or 'wasm' to go on without it.`,
    );
  }
  return wasmRuntime(`WASM, because native ONNX Runtime cannot be used: ${native.failure}.`);
}

const platform = (): string => `${process.platform}-${process.arch}`;

function loadNative(): { readonly onnx: OnnxRuntime } | { readonly failure: string } {
  if (!NATIVE_PLATFORMS.includes(platform())) return { failure: `it has no binary for ${platform()}` };
  try {
    // Its telemetry, where a platform's binary has it, must not phone home.
    process.env['ORT_DISABLE_TELEMETRY'] = '1';
    const onnx: unknown = requireFromHere('onnxruntime-node');
    return isOnnxRuntime(onnx) ? { onnx } : { failure: 'onnxruntime-node is not the package that was expected' };
  } catch (error) {
    const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { failure: (firstLine ?? '').replace(/\.$/, '') };
  }
}

async function wasmRuntime(reason: string): Promise<Runtime> {
  const onnx = await (wasm ??= loadWasm());
  return {
    name: 'wasm',
    reason,
    // Given as bytes: the package reads files by URL only.
    open: async (file, options) =>
      onnx.InferenceSession.create(await readFile(file), { ...options, ...(await externalData(file)) }),
    isTensor: (value) => value instanceof onnx.Tensor,
  };
}

let wasm: Promise<OnnxRuntime> | undefined;

async function loadWasm(): Promise<OnnxRuntime> {
  const onnx = await import('onnxruntime-web/wasm');
  // Threads are workers that load the package's files by URL, which a bundle does not have.
  onnx.env.wasm.numThreads = 1;
  onnx.env.logLevel = 'error';
  // Given as bytes: by default it is fetched from a content delivery network.
  onnx.env.wasm.wasmBinary = await readFile(wasmFile());
  return onnx;
}

/** Weights of large models stand beside the ONNX file, as `model.onnx_data`, `model.onnx_data_1` and so on. */
async function externalData(file: string): Promise<Pick<SessionOptions, 'externalData'>> {
  const names = (await readdir(dirname(file))).filter((name) => name.startsWith(`${basename(file)}_data`));
  if (names.length === 0) return {};
  return {
    externalData: await Promise.all(
      names.map(async (path) => ({ path, data: await readFile(join(dirname(file), path)) })),
    ),
  };
}

/** Beside the bundle (`dist/ort`), or in the package when run from source. */
function wasmFile(): string {
  const beside = join(fileURLToPath(new URL('.', import.meta.url)), 'ort', 'ort-wasm-simd-threaded.wasm');
  return existsSync(beside) ? beside : requireFromHere.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
}

function isOnnxRuntime(value: unknown): value is OnnxRuntime {
  if (typeof value !== 'object' || value === null) return false;
  if (!('InferenceSession' in value) || !('Tensor' in value)) return false;
  const session = value.InferenceSession;
  const canCreate = typeof session === 'function' && 'create' in session && typeof session.create === 'function';
  return canCreate && typeof value.Tensor === 'function';
}

type TransformersModule = typeof transformersModule;

/** The runtimes whose tensors transformers.js may meet. */
const inUse = new Set<Runtime>();
let current: Runtime | undefined;
let transformers: Promise<TransformersModule> | undefined;
let lastLoad: Promise<unknown> = Promise.resolve();

/**
 * Runs `load` with transformers.js set up for a runtime, offline and with local folders only. transformers.js takes its
 * runtime once, when it is imported; here it is given a stand-in, so that each model gets the runtime it asked for.
 * One load at a time.
 */
export function withTransformers<T>(runtime: Runtime, load: (library: TransformersModule) => Promise<T>): Promise<T> {
  const result = lastLoad.then(async () => {
    const library = await loadTransformers();
    current = runtime;
    inUse.add(runtime);
    return load(library);
  });
  lastLoad = result.catch(() => undefined);
  return result;
}

/** transformers.js; nothing else may import it, or it would choose a runtime by itself. */
export function loadTransformers(): Promise<TransformersModule> {
  return (transformers ??= importTransformers());
}

async function importTransformers(): Promise<TransformersModule> {
  const InferenceSession = {
    create: (file: string, options?: SessionOptions) => {
      if (!current) throw new Error('No ONNX Runtime has been chosen.');
      return current.open(file, options);
    },
  };
  const use = { taken: false };
  const standIn = {
    get InferenceSession() {
      use.taken = true;
      return InferenceSession;
    },
    Tensor: { [Symbol.hasInstance]: (value: unknown) => [...inUse].some(({ isTensor }) => isTensor(value)) },
    // Without settings of a web runtime, transformers.js sets none: they would point to a content delivery network.
    env: {},
  };
  Reflect.set(globalThis, Symbol.for('onnxruntime'), standIn);
  const library = await import('@huggingface/transformers');
  if (!use.taken)
    throw new Error('transformers.js was imported before it was given a runtime: use loadTransformers().');
  const { env } = library;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.useFSCache = false;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.cacheDir = null;
  // Errors are thrown as well; what it prints with them would put people's text into logs.
  env.logLevel = library.LogLevel.NONE;
  env.fetch = (input) => Promise.reject(new Error(`Nothing is downloaded, but ${String(input)} was asked for.`));
  return library;
}
