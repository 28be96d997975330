/** Runs the tests with this Node: all of them, or the files and folders that are named. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : ['test']).flatMap(testFiles).sort();
const width = Math.max(1, Math.min(4, availableParallelism()));
const args = [
  ...['--import', new URL('plain-promises.js', import.meta.url).href, '--import', 'tsx'],
  ...['--test', '--test-reporter=spec', `--test-concurrency=${width}`],
  ...files,
];
const built = isBuilt() ? { ATOCORE_BUILT_THREADS: join(process.cwd(), 'dist') } : {};
const env = { ...process.env, ...built };
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
process.exitCode = status ?? 1;

/** @param {string} path @returns {string[]} */
function testFiles(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name));
}

/** Whether the build is of the source as it is now. */
function isBuilt() {
  const built = statSync('dist/worker.js', { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return ['src', 'plugins', 'package-lock.json', 'tsup.config.ts'].every((place) =>
    [place, ...filesBelow(place)].every((path) => statSync(path).mtimeMs < built),
  );
}

/** @param {string} place @returns {string[]} */
function filesBelow(place) {
  if (statSync(place).isFile()) return [];
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => join(place, name));
}
