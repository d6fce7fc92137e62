/** As much of the WebAssembly JavaScript interface as kernels.ts uses: the types of Node and of ES2023 leave it out. */
declare namespace WebAssembly {
  const Module: new (bytes: Uint8Array) => object;
  class Instance {
    readonly exports: Readonly<Record<string, Memory | ((...parameters: readonly number[]) => void) | undefined>>;
    constructor(module: object);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB; throws a RangeError where there is no memory left. */
    grow(pages: number): number;
  }
}
