import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

rmSync('dist', { recursive: true, force: true });

const common: Options = {
  format: 'esm',
  target: 'node20',
  platform: 'node',
  removeNodeProtocol: false,
  env: build(),
};

/** With all that it needs beside it a program starts in half the time of one that looks for it. */
const whole: Options = {
  ...common,
  noExternal: [/./],
  // What it takes in may be CommonJS, and call for Node's own modules as that does.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
};

export default defineConfig([
  {
    ...common,
    entry: { index: 'src/index.ts', plugin: 'src/plugin.ts' },
    dts: true,
    splitting: true,
  },
  { ...whole, entry: { 'cli/main': 'src/cli/main.ts' }, splitting: true },
  {
    ...whole,
    entry: {
      worker: 'src/worker.ts',
      'check-worker': 'src/check-worker.ts',
      'secret-worker': 'src/secret-worker.ts',
    },
    splitting: false,
  },
  // One file that loads nothing else at start: agents wait for it, and CommonJS starts quicker.
  {
    ...common,
    entry: { hook: 'src/hook.ts' },
    format: 'cjs',
    outExtension: () => ({ js: '.cjs' }),
    splitting: false,
    minify: true,
    define: { 'import.meta.filename': '__filename' },
  },
]);

/** What a build says of itself in `/health` and `--version`; empty outside of a git checkout. */
function build(): Record<string, string> {
  const { ATOCORE_BUILD_SHA, ATOCORE_BUILD_TIME, ATOCORE_BUILD_BRANCH } = process.env;
  return {
    ATOCORE_BUILD_SHA: ATOCORE_BUILD_SHA ?? git('rev-parse', 'HEAD'),
    ATOCORE_BUILD_TIME: ATOCORE_BUILD_TIME ?? new Date().toISOString(),
    ATOCORE_BUILD_BRANCH: ATOCORE_BUILD_BRANCH ?? git('rev-parse', '--abbrev-ref', 'HEAD'),
  };
}

function git(...args: readonly string[]): string {
  try {
    return execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return '';
  }
}
