/**
 * Commits of one file and scans, ours beside native git's, in stores of 1,000 and 10,000 files.
 * Run: node --import tsx test/bench/commit.ts [files ...]
 */
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorePath } from '../../src/plugin.ts';
import { commit } from '../../src/store/commit.ts';
import { treeAt } from '../../src/store/history.ts';
import { knownFromIndex } from '../../src/store/known-from-index.ts';
import { lastTouched } from '../../src/store/last-touched.ts';
import { blobOid } from '../../src/store/objects.ts';
import { createStore, openStore } from '../../src/store/open.ts';
import { head } from '../../src/store/refs.ts';
import { NOTHING_KNOWN, scan } from '../../src/store/scan.ts';
import { git } from '../support/native-git.ts';

const COMMITS = 60;
const SCANS = 15;
const AUTHOR = { name: 'Bench', email: 'bench@example.org' };

interface Figures {
  readonly p50: number;
  readonly p95: number;
}

async function timed(times: number, work: (n: number) => Promise<unknown>): Promise<Figures> {
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const start = performance.now();
    await work(n);
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  const at = (share: number) =>
    taken[Math.min(taken.length - 1, Math.floor(taken.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

function show(name: string, { p50, p95 }: Figures, beside?: Figures): void {
  const ratio = beside === undefined ? '' : `  ${(p50 / beside.p50).toFixed(2)} x`;
  console.log(
    `  ${name.padEnd(52)} p50 ${p50.toFixed(1).padStart(8)} ms  p95 ${p95.toFixed(1).padStart(8)} ms${ratio}`,
  );
}

async function bench(dir: string, count: number): Promise<void> {
  console.log(`${count} files`);
  const files = new Map([['atocore.json' as StorePath, '{"format":1}\n']]);
  for (let n = 1; n < count; n++) {
    const folder = `projects/p${n % 20}/sources/notes-${Math.floor(n / 20) % 10}`;
    files.set(`${folder}/note-${n}.md` as StorePath, `# Note ${n}\n\n${'words '.repeat(200)}\n`);
  }
  const made = performance.now();
  await createStore(dir, files, { author: AUTHOR, message: 'bench', timestamp: 1 });
  console.log(
    `  made in ${((performance.now() - made) / 1000).toFixed(1)} s, every file and object synced`,
  );
  const store = await openStore(dir);
  const [, path = 'atocore.json' as StorePath] = [...files.keys()];

  const edit = async (n: number, who: string) => {
    const content = `# Edit ${n} by ${who}\n`;
    await fs.writeFile(join(dir, path), content);
    return { path, oid: blobOid(content) };
  };
  const ours = (n: number) => async () =>
    commit(store, {
      changes: [await edit(n, 'us')],
      author: AUTHOR,
      message: `n ${n}`,
      timestamp: n,
    });
  const native = async (n: number, settings: readonly string[]) => {
    await edit(n, settings.join());
    await git(dir, [...settings, 'add', '--', path]);
    await git(dir, [...settings, 'commit', '-q', '-m', `n ${n}`]);
  };
  const plain = ['-c', 'core.fsync=default', '-c', 'gc.auto=0'];
  const durable = ['-c', 'core.fsync=committed,reference,loose-object,index', '-c', 'gc.auto=0'];
  const empty = await timed(COMMITS, () => git(dir, ['version']));
  // Taken in turns, so that a busy disk is everybody's.
  const times: Record<'ours' | 'plain' | 'durable', number[]> = {
    ours: [],
    plain: [],
    durable: [],
  };
  for (let n = 0; n < COMMITS; n++) {
    for (const [name, work] of [
      ['ours', ours(n)],
      ['plain', () => native(n, plain)],
      ['durable', () => native(n, durable)],
    ] as const) {
      const start = performance.now();
      await work();
      times[name].push(performance.now() - start);
    }
  }
  const figures = (all: readonly number[]): Figures => {
    const sorted = [...all].sort((a, b) => a - b);
    return {
      p50: sorted[sorted.length >> 1] ?? 0,
      p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    };
  };
  show('native git version (a process, nothing else)', empty);
  show('native add + commit, default (objects not synced)', figures(times.plain));
  show('native add + commit, all synced', figures(times.durable));
  show('ours, all synced, beside native default', figures(times.ours), figures(times.plain));
  show('ours, all synced, beside native all synced', figures(times.ours), figures(times.durable));
  show(
    'ours, nobody else writing the index',
    await timed(COMMITS, (n) => ours(n + 1000)()),
    figures(times.plain),
  );

  await git(dir, ['status', '--porcelain=v2', '-z']);
  const status = await timed(SCANS, () => git(dir, ['status', '--porcelain=v2', '-z']));
  show('git status --porcelain=v2 -z', status);
  const first = performance.now();
  let known = await scan(store, NOTHING_KNOWN);
  console.log(`  scan that reads every file: ${(performance.now() - first).toFixed(0)} ms`);
  const start = performance.now();
  const fromIndex = await scan(store, await knownFromIndex(store));
  console.log(
    `  scan from git's index: ${(performance.now() - start).toFixed(0)} ms, ${fromIndex.hashedCount} files read`,
  );
  known = await scan(store, known);
  show('full scan by stat', await timed(SCANS, () => scan(store, known)), status);
  show('hinted scan of one file', await timed(SCANS, () => scan(store, known, [path])), status);
  let longest = 0;
  let last = performance.now();
  const tick = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  await scan(store, NOTHING_KNOWN);
  await scan(store, known);
  clearInterval(tick);
  console.log(`  longest time the loop was held by a scan: ${longest.toFixed(1)} ms`);

  const revision = await head(store);
  if (revision === undefined) throw new Error('no commit');
  const fresh = await openStore(dir);
  show('files of a commit, nothing remembered', await timed(1, () => treeAt(fresh, revision)));
  show('files of a commit, trees remembered', await timed(SCANS, () => treeAt(fresh, revision)));
  const touched = await timed(3, () => lastTouched(fresh, { useNativeGit: true }));
  show('last commit of every file, native git', touched);
  show(
    'last commit of every file, ours',
    await timed(3, () => lastTouched(fresh, { useNativeGit: false })),
    touched,
  );
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [1_000, 10_000]) {
  const folder = await fs.mkdtemp(join(tmpdir(), 'atocore-bench-'));
  await bench(join(folder, 'store'), count);
  await fs.rm(folder, { recursive: true });
}
