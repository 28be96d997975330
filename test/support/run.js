/** Runs the tests with this Node: all of them, or the files and folders that are named. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const named = process.argv.slice(2);
const files = (named.length > 0 ? named : ['test']).flatMap(testFiles).sort();
const width = Math.max(1, Math.min(4, availableParallelism()));
const args = ['--import', 'tsx', '--test', `--test-concurrency=${width}`, ...files];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exitCode = status ?? 1;

/** @param {string} path @returns {string[]} */
function testFiles(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(path, name));
}
