/** The doctor's look at the files of people and of the engine, as a fresh settle judges them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Examined, Finding, Severity } from './check.ts';
import type { Ground } from './check-ground.ts';
import { roleOf } from './model/layout.ts';
import { byText } from './model/names.ts';
import type { Oid, Problem, StorePath } from './plugin.ts';
import { treeAt } from './store/history.ts';
import { head } from './store/refs.ts';
import { NOTHING_KNOWN, scan } from './store/scan.ts';

/** A look and a commit of the daemon, with room. */
const TAKEN_IN_MS = 3_000;

const COMING_IN: ReadonlySet<string> = new Set(['capture', 'inbox']);

type Topic =
  | 'layout'
  | 'ids'
  | 'lifecycle'
  | 'provenance'
  | 'relations'
  | 'pipeline'
  | 'frontmatter';

/** Which check speaks of a problem; of any other rule it is `frontmatter`. */
const TOPICS: Readonly<Record<string, Topic>> = {
  misplaced: 'layout',
  'bad-name': 'layout',
  'conflict-copy': 'layout',
  'not-a-file': 'layout',
  'not-generated': 'layout',
  'too-large': 'layout',
  unreadable: 'layout',
  'whole-instead': 'layout',
  'duplicate-id': 'ids',
  'id-mismatch': 'ids',
  'name-collision': 'ids',
  'illegal-transition': 'lifecycle',
  'no-provenance': 'provenance',
  'unknown-project': 'layout',
  'unknown-relation': 'relations',
  'unknown-target': 'relations',
  'bad-claim': 'pipeline',
  'bad-page': 'pipeline',
  'claim-length': 'pipeline',
  'plugin-failed': 'pipeline',
  'too-many-claims': 'pipeline',
  'too-many-origins': 'pipeline',
  'too-slow': 'pipeline',
};

/** Work goes on well beside these: nothing is out of order, something is only left out. */
const WARNED: ReadonlySet<Topic> = new Set(['pipeline', 'relations']);

/** Settings that can be read, files in their places. */
export async function checkLayout(examined: Examined): Promise<readonly Finding[]> {
  const { ground } = examined;
  const config = await ground.config().catch((error: unknown) => error);
  if (config instanceof Error) {
    return [{ severity: 'error', path: 'atocore.json', message: config.message }];
  }
  return problemsOf(examined, 'layout');
}

export function checkFrontMatter(examined: Examined): Promise<readonly Finding[]> {
  return problemsOf(examined, 'frontmatter');
}

export function checkIds(examined: Examined): Promise<readonly Finding[]> {
  return problemsOf(examined, 'ids');
}

export function checkPipeline(examined: Examined): Promise<readonly Finding[]> {
  return problemsOf(examined, 'pipeline');
}

/** Relations that name nobody, and decisions that point to nobody. */
export async function checkRelations(examined: Examined): Promise<readonly Finding[]> {
  const { settlement } = await examined.ground.view();
  const findings: Finding[] = [...(await problemsOf(examined, 'relations'))];
  for (const { record } of settlement.records.values()) {
    const { supersededBy, supersedes, path } = record;
    const named = [
      ...(supersededBy === undefined || supersededBy === '' ? [] : [supersededBy]),
      ...supersedes,
    ];
    for (const id of named) {
      if (settlement.records.has(id)) continue;
      const message = `Expected the record ${id}, which this one names beside its status, found none. Bring its file back (git log --all -- '*--${id}.md'), or correct the field.`;
      findings.push({ severity: 'warning', path, message });
    }
  }
  return findings;
}

/** Conflict files that a sweep over everything would write otherwise. */
export async function checkConflicts({ ground }: Examined): Promise<readonly Finding[]> {
  const { settlement } = await ground.view();
  return settlement.changes
    .filter(({ path }) => roleOf(path).role === 'conflict')
    .map(({ path, text }) => {
      const expected = text === null ? 'no conflict here' : 'a conflict as the sweep describes it';
      const message = `Expected ${expected}, found the file otherwise. Run atocore settle.`;
      return { severity: 'error', path, message };
    });
}

/** Everything else that settling would write; what awaits its commit is only told. */
export async function checkSettled({ ground }: Examined): Promise<readonly Finding[]> {
  const { settlement } = await ground.view();
  const findings: Finding[] = [];
  const uncommitted = await ground.uncommitted();
  const [first] = uncommitted;
  // A daemon commits what it finds; the folder is a moment ahead of the commit.
  if (first !== undefined && !ground.isServed) {
    const message = `Expected every file committed, found ${uncommitted.length} that are not. Run atocore settle, or atocore up.`;
    findings.push({ severity: 'warning', path: first, message });
  }
  for (const path of ground.isServed ? await leftBehind(ground, uncommitted) : []) {
    const message =
      'Expected the file as it is committed, found it otherwise, and the daemon has not taken it in. Save it again; if nobody edited it, git checkout brings the committed one back.';
    findings.push({ severity: 'warning', path, message });
  }
  const severity: Severity = findings.length > 0 ? 'warning' : 'error';
  for (const { path, text } of settlement.changes) {
    if (roleOf(path).role === 'conflict') continue;
    const expected = text === null ? 'no file' : 'the file that follows from the others';
    const message = `Expected ${expected} here, found it otherwise. Run atocore settle.`;
    findings.push({ severity, path, message });
  }
  return findings;
}

/** Files that a daemon still has not committed after a while; captures come all the time, and are its own. */
async function leftBehind(
  { store }: Ground,
  uncommitted: readonly StorePath[],
): Promise<readonly StorePath[]> {
  const paths = uncommitted.filter((path) => !COMING_IN.has(roleOf(path).role));
  if (paths.length === 0) return [];
  await sleep(TAKEN_IN_MS);
  const at = await head(store);
  const committed: ReadonlyMap<StorePath, Oid> =
    at === undefined ? new Map() : await treeAt(store, at);
  const { entries } = await scan(store, NOTHING_KNOWN, paths);
  return paths.filter((path) => entries.get(path)?.oid !== committed.get(path));
}

/** Problems of files on one topic, as findings. */
export async function problemsOf({ ground }: Examined, topic: Topic): Promise<readonly Finding[]> {
  const { settlement } = await ground.view();
  const severity = WARNED.has(topic) ? 'warning' : 'error';
  return settlement.problems
    .filter(({ rule }) => (TOPICS[rule] ?? 'frontmatter') === topic)
    .sort((a, b) => byText(a.path, b.path))
    .map((problem) => ({ severity, path: placeOf(problem), message: problem.message }));
}

function placeOf({ path, line }: Problem): string {
  return line === undefined ? path : `${path}:${line}`;
}
