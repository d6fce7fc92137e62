// @ts-check
/**
 * `npm run build [-- --watch] [--minify] [--bench]`: bundles the extension, the engine, the commands and the panel into
 * `dist/`; with --bench also the benchmarks.
 * The native ONNX Runtime stays outside: it is resolved at run time, from `node_modules` beside or above the bundle.
 */
import { context } from 'esbuild';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './install.mjs';

const watch = process.argv.includes('--watch');
const minify = process.argv.includes('--minify');
const require = createRequire(import.meta.url);

/**
 * transformers.js imports sharp for images, which text never needs; a function, since it is called on import.
 * @type {import('esbuild').Plugin}
 */
const withoutSharp = {
  name: 'without-sharp',
  setup(build) {
    build.onResolve({ filter: /^sharp$/ }, () => ({ path: 'sharp', namespace: 'stub' }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'export default () => {};' }));
  },
};

/**
 * transformers.js requires the native runtime when it is imported, although it is given one (src/embedding/runtime.ts):
 * where its binary does not load, the import would fail and WASM could not be used either.
 * @type {import('esbuild').Plugin}
 */
const withoutNativeRuntime = {
  name: 'without-native-runtime',
  setup(build) {
    build.onLoad({ filter: /transformers\.node\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace('= requireFromHere("onnxruntime-node");', '= undefined;');
      if (contents === source)
        throw new Error(`${path} loads onnxruntime-node in a way that this build does not know.`);
      return { contents, loader: 'js' };
    });
  },
};

/**
 * The scripts find the repository from where they stand, so a benchmark imports them from there.
 * @type {import('esbuild').Plugin}
 */
const withoutScripts = {
  name: 'without-scripts',
  setup(build) {
    build.onResolve({ filter: /\/scripts\/[\w-]+\.mjs$/ }, ({ path, resolveDir }) => ({
      path: pathToFileURL(join(resolveDir, path)).href,
      external: true,
    }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: repository,
  bundle: true,
  minify,
  sourcemap: !minify,
  legalComments: 'linked',
  logLevel: 'info',
};

// jsonc-parser's main is a UMD module that bundlers cannot follow; its module entry is plain.
/** @type {import('esbuild').BuildOptions} */
const node = { ...common, platform: 'node', target: 'node20', mainFields: ['module', 'main'] };

/**
 * Node programs as ES modules; bundled CommonJS packages still call `require`.
 * @type {import('esbuild').BuildOptions}
 */
const program = {
  ...node,
  format: 'esm',
  external: ['onnxruntime-node'],
  plugins: [withoutSharp, withoutNativeRuntime],
  banner: {
    js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
  },
};

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  { ...node, format: 'cjs', external: ['vscode'], entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js' },
  { ...program, entryPoints: ['src/engine/main.ts'], outfile: 'dist/engine.mjs' },
  { ...program, entryPoints: ['src/engine/estimate-worker.ts'], outfile: 'dist/estimate-worker.mjs' },
  {
    ...program,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.mjs',
    banner: { js: `#!/usr/bin/env node\n${program.banner?.['js'] ?? ''}` },
  },
  // Written beside exported heads for others to read and use: as it is, and without anything of Node's.
  {
    ...common,
    minify: false,
    sourcemap: false,
    platform: 'neutral',
    target: 'es2022',
    format: 'esm',
    entryPoints: ['src/cli/export/head.ts'],
    outfile: 'dist/head.mjs',
    banner: { js: '// Uses heads that `marginalia export-head` wrote; docs/export-head.md tells how.' },
  },
  {
    ...common,
    platform: 'browser',
    // The Chromium of the oldest supported VS Code.
    target: 'chrome132',
    format: 'esm',
    tsconfig: 'webview/tsconfig.json',
    entryPoints: ['webview/panel.ts', 'webview/progress.ts'],
    outdir: 'dist/webview',
  },
];

if (process.argv.includes('--bench')) {
  const names = (await readdir(join(repository, 'test', 'bench'))).filter((name) => name.endsWith('.bench.ts'));
  for (const name of names)
    bundles.push({
      ...program,
      // The panel's bench builds the panel and shows it in a browser.
      external: [...(program.external ?? []), 'esbuild', 'playwright-core'],
      plugins: [...(program.plugins ?? []), withoutScripts],
      entryPoints: [`test/bench/${name}`],
      outfile: `dist/bench/${name.replace(/\.ts$/, '.mjs')}`,
    });
}

await mkdir(join(repository, 'dist', 'ort'), { recursive: true });
await cp(
  require.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'),
  join(repository, 'dist', 'ort', 'ort-wasm-simd-threaded.wasm'),
);
for (const bundle of bundles) {
  const builder = await context(bundle);
  if (watch) await builder.watch();
  else {
    // esbuild has printed what is wrong.
    await builder.rebuild().catch(() => (process.exitCode = 1));
    await builder.dispose();
  }
}
