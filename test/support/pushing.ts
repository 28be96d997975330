/** Clones that people edit and push, beside captures, into a store that is being served. */
import { join } from 'node:path';
import type { Engine } from '../../src/engine.ts';
import { git, tryGit } from './native-git.ts';
import { put } from './store-tree.ts';

export interface Traffic {
  readonly clones: number;
  /** Commits in all, spread over the clones. */
  readonly commits: number;
  readonly captures: number;
  /** Tells how far it is. */
  readonly onPush?: (pushed: number) => void;
}

export interface Pushed {
  /** Subjects of all commits that were pushed. */
  readonly subjects: readonly string[];
  readonly captureIds: readonly string[];
  /** Pushes that were refused and went through later. */
  readonly refused: number;
  /** What refusals said, each once. */
  readonly said: ReadonlySet<string>;
}

const ATTEMPTS_MAX = 200;

/** Each clone commits, pulls with --rebase and pushes until it went through, as a person would. */
export async function pushAndCapture(
  engine: Engine,
  folder: string,
  traffic: Traffic,
): Promise<Pushed> {
  const subjects: string[] = [];
  const captureIds: string[] = [];
  const said = new Set<string>();
  let refused = 0;
  let pushed = 0;

  const pusher = async (clone: number): Promise<void> => {
    const dir = `${folder}-clone-${clone}`;
    await git(folder, ['clone', '-q', folder, dir]);
    for (let n = clone; n < traffic.commits; n += traffic.clones) {
      const path = `projects/p05-interferometer/sources/notes/from-${clone}.md`;
      await put(
        dir,
        path,
        `# From ${clone}\n\n## Fact: bolt ${n}\n\nBolt ${n} is of grade ${n}.\n`,
      );
      await git(dir, ['add', '-A']);
      await git(dir, ['commit', '-qm', `clone ${clone}, commit ${n}`]);
      subjects.push(`clone ${clone}, commit ${n}`);
      await push(dir);
      pushed += 1;
      traffic.onPush?.(pushed);
    }
  };

  const push = async (dir: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const { code, stderr } = await tryGit(dir, ['push', '-q', 'origin', 'main']);
      if (code === 0) return;
      refused += 1;
      for (const [, words] of stderr.matchAll(/^remote: (AtoCore: .*?)\s*$/gm))
        said.add(words ?? '');
      if (attempt === ATTEMPTS_MAX) throw new Error(`refused ${attempt} times: ${stderr}`);
      await git(dir, ['pull', '-q', '--rebase', 'origin', 'main']);
    }
  };

  const capturer = async (): Promise<void> => {
    for (let n = 0; n < traffic.captures; n += 1) {
      const { capture } = await engine.capture({ prompt: `Question ${n}`, project: 'p05' });
      captureIds.push(capture.id);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  await Promise.all([
    ...Array.from({ length: traffic.clones }, (_, clone) => pusher(clone)),
    capturer(),
  ]);
  return { subjects, captureIds, refused, said };
}

/** What is not as it should be after such traffic; empty when all is in the history and settled. */
export async function faultsAfter(
  engine: Engine,
  folder: string,
  { subjects, captureIds }: Pushed,
): Promise<readonly string[]> {
  const faults: string[] = [];
  await engine.settle();
  const { inputs, changes } = await engine.settle();
  if (inputs + changes > 0) faults.push(`not settled: ${inputs} inputs, ${changes} changes`);
  const log = new Set((await git(folder, ['log', '--format=%s'])).split('\n'));
  for (const subject of subjects) if (!log.has(subject)) faults.push(`lost: ${subject}`);
  const tree = await git(folder, ['ls-tree', '-r', '--name-only', 'HEAD']);
  for (const id of captureIds) {
    if (!tree.includes(id.slice('cap-'.length))) faults.push(`lost: ${id}`);
  }
  const status = await git(folder, ['status', '--porcelain']);
  if (status !== '') faults.push(`not clean: ${status}`);
  const fsck = await git(folder, ['fsck', '--strict', '--no-dangling']);
  if (fsck !== '') faults.push(fsck);
  const marked = await tryGit(folder, ['grep', '-l', '-E', '^(<<<<<<<|>>>>>>>) ', 'HEAD']);
  if (marked.stdout !== '') faults.push(`merge markers: ${marked.stdout}`);
  for (const { path, rule } of engine.status().problems) faults.push(`${rule}: ${path}`);
  return faults;
}

/** A clone of a store, with its folder. */
export async function cloneOf(folder: string, name: string): Promise<string> {
  const dir = join(`${folder}-${name}`);
  await git(folder, ['clone', '-q', folder, dir]);
  return dir;
}
