// @ts-check
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Data flows one way (docs/architecture.md): what a stage may import, besides itself.
 * @type {Record<string, string[]>}
 */
const mayImport = {
  'src/corpus': [],
  'src/labels': ['corpus'],
  'src/models': [],
  'src/embedding': ['corpus', 'models'],
  'src/learning': ['corpus', 'labels'],
  'src/engine': ['corpus', 'labels', 'models', 'embedding', 'learning', 'protocol'],
  'src/protocol': ['corpus', 'labels', 'embedding', 'learning', 'engine'],
  'src/editor': ['corpus', 'labels', 'models', 'protocol'],
  'src/cli': ['corpus', 'labels', 'models', 'embedding', 'learning', 'engine', 'protocol'],
  webview: ['corpus', 'labels', 'protocol'],
};
const stages = ['corpus', 'labels', 'models', 'embedding', 'learning', 'engine', 'protocol', 'editor', 'cli'];
/** @type {import('eslint').Linter.Config[]} */
const importRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths:
          folder === 'src/editor'
            ? []
            : [{ name: 'vscode', message: 'Only src/editor and src/extension.ts import it.' }],
        patterns: stages
          .filter((stage) => folder !== `src/${stage}` && !allowed.includes(stage))
          .map((stage) => ({
            regex: `^(\\.\\./)+(src/)?${stage}/`,
            message: `${folder} may import only ${allowed.join(', ') || 'itself'}.`,
          })),
      },
    ],
  },
}));

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '.scratch/', 'media/', 'training/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json', './test/webview/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      eqeqeq: 'error',
    },
  },
  // The type checker knows which globals there are.
  {
    files: ['**/*.mjs'],
    // JSDoc gives what JSON.parse returns its type, which the rule does not see.
    rules: { 'no-undef': 'off', '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  ...importRules,
);
