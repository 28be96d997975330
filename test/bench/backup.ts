/**
 * Backup, validation and restore of one store, beside native git: time, size and peak memory.
 * Run: node --import tsx test/bench/backup.ts [files] [commits]
 * Each of our measures runs in a process of its own, so that its peak memory is its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOut } from '../../src/backup/check-out.ts';
import { createBackup } from '../../src/backup/create.ts';
import { openBackup } from '../../src/backup/open-backup.ts';
import { listBackups } from '../../src/backup/place.ts';
import { restoreInPlace } from '../../src/backup/restore-in-place.ts';
import { validateBackup } from '../../src/backup/validate.ts';
import { runDrill } from '../../src/drill.ts';
import { Engine } from '../../src/engine.ts';
import { newStore } from '../../src/new-store.ts';
import { proveTree } from '../../src/prove-tree.ts';
import { restoreStore } from '../../src/restore-flow.ts';
import { openStore } from '../../src/store/open.ts';

const PERSON = { name: 'Bench', email: 'bench@example.org' };
const SCRIPT = fileURLToPath(import.meta.url);

interface Measured {
  readonly ms: number;
  readonly peakMb: number;
}

/** Runs a program to its end; its peak memory is what the kernel says of it. */
async function measure(command: string, args: readonly string[], cwd: string): Promise<Measured> {
  const startedMs = performance.now();
  const child = spawn(command, [...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
  });
  let peakMb = 0;
  const watch = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, 'utf8').then(
      (text) => {
        peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1024);
      },
      () => undefined,
    );
  }, 5);
  const [code] = (await once(child, 'close')) as [number];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said}`);
  const [, inner] = /^took (\d+(?:\.\d+)?) ms$/m.exec(said) ?? [];
  return { ms: inner === undefined ? performance.now() - startedMs : Number(inner), peakMb };
}

const ours = (...args: string[]): Promise<Measured> =>
  measure(process.execPath, ['--import', 'tsx', SCRIPT, '--do', ...args], process.cwd());
const native = (folder: string, ...args: string[]): Promise<Measured> =>
  measure('git', args, folder);

function show(name: string, { ms, peakMb }: Measured, beside?: Measured): void {
  const ratio =
    beside === undefined
      ? ''
      : `  ${(ms / beside.ms).toFixed(2)} x time, ${(peakMb / beside.peakMb).toFixed(2)} x memory`;
  const figures = `${ms.toFixed(0).padStart(7)} ms ${peakMb.toFixed(0).padStart(6)} MB`;
  console.log(`  ${name.padEnd(58)}${figures}${ratio}`);
}

/** A history by `git fast-import`: all files in the first commit, then one edit in each. */
async function makeHistory(folder: string, files: number, commits: number): Promise<void> {
  await newStore(folder, { example: true, by: PERSON });
  const engine = await Engine.open({ folder, watch: false });
  await engine.ready();
  await engine.close();
  const child = spawn('git', ['fast-import', '--quiet', '--force'], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const write = async (text: string): Promise<void> => {
    if (!child.stdin.write(text)) await once(child.stdin, 'drain');
  };
  const pathOf = (n: number): string =>
    `projects/p05-interferometer/sources/many/${n % 100}/note-${n}.md`;
  const textOf = (n: number, version: number): string => {
    const words = Array.from({ length: 120 }, (_, at) => `word${(n * 31 + at * 7) % 997}`);
    return `# Note ${n}\n\n${words.join(' ')}\n\nVersion ${version}.\n`;
  };
  for (let commit = 0; commit < commits; commit++) {
    const message = `commit ${commit}`;
    await write(
      `commit refs/heads/main\ncommitter Bench <bench@example.org> ${1_790_000_000 + commit} +0000\ndata ${message.length}\n${message}\n`,
    );
    if (commit === 0) await write('from refs/heads/main^0\n');
    const changed =
      commit === 0 ? Array.from({ length: files }, (_, n) => n) : [(commit * 7) % files];
    for (const n of changed) {
      const text = textOf(n, commit);
      await write(`M 100644 inline ${pathOf(n)}\ndata ${Buffer.byteLength(text)}\n${text}\n`);
    }
    await write('\n');
  }
  child.stdin.end('done\n');
  await once(child, 'close');
  await native(folder, 'reset', '-q', '--hard');
}

async function sizeOf(path: string): Promise<string> {
  return `${((await stat(path)).size / 1e6).toFixed(1)} MB`;
}

async function bench(files: number, commits: number): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'atocore-bench-'));
  const [folder, place] = [join(root, 'store'), join(root, 'backups')];
  await makeHistory(folder, files, commits);
  await mkdir(place);
  console.log(`${files} files, ${commits} commits`);

  const bundle = join(root, 'native.bundle');
  const nativeCreate = await native(folder, 'bundle', 'create', '-q', bundle, 'HEAD', '--all');
  show(`git bundle create (${await sizeOf(bundle)})`, nativeCreate);
  for (const how of ['native', 'without native git']) {
    const took = await ours('create', folder, place, how);
    const [made] = await listBackups(place);
    const path = join(place, made?.stamp ?? '', 'store.bundle');
    show(`backup, read back and validated (${how}, ${await sizeOf(path)})`, took, nativeCreate);
  }
  const all = await listBackups(place);
  const [plain, packed] = all.map(({ stamp }) => stamp);
  show('git bundle verify (header only)', await native(folder, 'bundle', 'verify', '-q', bundle));
  const pack = join(root, 'checked.git');
  await native(root, 'init', '-q', '--bare', pack);
  const fetched = ['fetch', '-q', bundle, 'HEAD:refs/heads/main'];
  const nativeValidate = await native(pack, '-c', 'transfer.fsckObjects=true', ...fetched);
  show('git fetch <bundle> with fsckObjects', nativeValidate);
  for (const level of ['1', '2', '3']) {
    const took = await ours('validate', place, packed ?? '', level);
    show(`validate to level ${level}`, took, level === '2' ? nativeValidate : undefined);
  }
  show(
    'validate to level 2 (without differences)',
    await ours('validate', place, plain ?? '', '2'),
  );
  const nativeClone = await native(root, 'clone', '-q', bundle, join(root, 'clone'));
  show('git clone <bundle>', nativeClone);
  show(
    'restore into a new folder, synced',
    await ours('check-out', place, packed ?? '', join(root, 'new')),
    nativeClone,
  );
  const edits = async (): Promise<void> => {
    for (let n = 0; n < files; n += 2) {
      const path = join(folder, `projects/p05-interferometer/sources/many/${n % 100}/note-${n}.md`);
      await writeFile(path, `# Other ${Math.random()}\n`);
    }
    await native(folder, 'commit', '-qam', 'half of the files changed');
  };
  await edits();
  const nativeRestore = await native(folder, 'read-tree', '-u', '--reset', 'HEAD^');
  await native(folder, 'reset', '-q', '--hard', 'HEAD');
  show(`git read-tree -u --reset (${files / 2} files, not synced)`, nativeRestore);
  show(
    'restore in place, files synced, no safety backup',
    await ours('in-place', folder, place, packed ?? ''),
    nativeRestore,
  );
  await edits();
  show(
    'restore in place: all of it, safety backup, settle',
    await ours('restore', folder, place, packed ?? ''),
  );
  show('drill at level 2', await ours('drill', folder, place, '2'));
  await rm(root, { recursive: true, force: true });
}

const DO: Readonly<Record<string, (...args: string[]) => Promise<unknown>>> = {
  create: async (folder, place = '', how) =>
    createBackup(await openStore(folder ?? ''), { place, useNativeGit: how === 'native' }),
  validate: async (place = '', stamp = '', level) => {
    const report = await validateBackup(place, stamp, {
      level: Number(level) as 3,
      prove: proveTree,
    });
    if (!report.isValid) throw new Error(report.fault?.message);
  },
  'check-out': async (place = '', stamp = '', target = '') =>
    checkOut(await openBackup(place, stamp), target, { isDurable: true }),
  'in-place': async (folder = '', place = '', stamp = '') =>
    restoreInPlace(await openStore(folder), await openBackup(place, stamp), { person: PERSON }),
  restore: async (folder = '', place = '', stamp = '') => {
    const report = await restoreStore(folder, { place, stamp, person: PERSON });
    if (!report.isProven) throw new Error(report.message);
  },
  drill: async (folder = '', place = '', level) => {
    const engine = await Engine.open({ folder, watch: false });
    await engine.ready();
    const report = await runDrill(engine, { place, level: Number(level) as 2, person: PERSON });
    await engine.close();
    if (!report.isPassed) throw new Error(JSON.stringify(report.steps));
  },
};

const [, , first, ...rest] = process.argv;
if (first === '--do') {
  const [what = '', ...args] = rest;
  const startedMs = performance.now();
  await DO[what]?.(...args);
  console.log(`took ${(performance.now() - startedMs).toFixed(0)} ms`);
} else {
  await bench(Number(first ?? 10_000), Number(rest[0] ?? 5_000));
}
