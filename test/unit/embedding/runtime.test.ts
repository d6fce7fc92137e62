import { afterEach, describe, expect, it } from 'vitest';
import { loadRuntime, loadTransformers } from '../../../src/embedding/runtime.js';

describe('the choice of runtime', () => {
  const { arch } = process;
  afterEach(() => {
    Object.defineProperty(process, 'arch', { value: arch });
  });
  /** A machine for which ONNX Runtime has no native build. */
  const onOtherMachine = (): void => {
    Object.defineProperty(process, 'arch', { value: 'ppc64' });
  };

  it('is native where its binary loads, and says so', async () => {
    const { name, reason } = await loadRuntime('auto');
    expect(name).toBe('native');
    expect(reason).toBe(`Native, because its binary loads on ${process.platform}-${arch}.`);
  });

  it('is WASM where there is no binary, and says why', async () => {
    onOtherMachine();
    const { name, reason } = await loadRuntime('auto');
    expect(name).toBe('wasm');
    expect(reason).toBe(
      `WASM, because native ONNX Runtime cannot be used: it has no binary for ${process.platform}-ppc64.`,
    );
  });

  it('is what the setting asks for, or an error that tells the way out', async () => {
    expect((await loadRuntime('wasm')).reason).toBe('WASM, because the setting asks for it.');
    expect((await loadRuntime('native')).name).toBe('native');
    onOtherMachine();
    await expect(loadRuntime('native')).rejects.toThrow(/it has no binary for .*'auto' or 'wasm'/);
  });
});

describe('transformers.js', () => {
  it('downloads nothing', async () => {
    const { AutoTokenizer, env } = await loadTransformers();
    await expect(AutoTokenizer.from_pretrained('someone/some-model')).rejects.toThrow();
    expect(env.allowRemoteModels).toBe(false);
    await expect(env.fetch('https://example.org/model')).rejects.toThrow(/Nothing is downloaded/);
  });
});
