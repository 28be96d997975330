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

export default defineConfig([
  {
    ...common,
    entry: { index: 'src/index.ts', plugin: 'src/plugin.ts', 'cli/main': 'src/cli/main.ts' },
    dts: { entry: { index: 'src/index.ts', plugin: 'src/plugin.ts' } },
    splitting: true,
  },
  // A thread with all that it needs in one file starts in half the time of one that looks for it.
  {
    ...common,
    entry: {
      worker: 'src/worker.ts',
      'check-worker': 'src/check-worker.ts',
      'secret-worker': 'src/secret-worker.ts',
    },
    noExternal: [/./],
    splitting: false,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  },
  // One file that loads nothing else at start: agents wait for it, and CommonJS starts quicker.
  {
    ...common,
    entry: { hook: 'src/hook.ts' },
    format: 'cjs',
    outExtension: () => ({ js: '.cjs' }),
    splitting: false,
    minify: true,
    shims: true,
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
