/** The doctor's look at where records come from: their statuses in history, the passages they rest on. */
import type { Examined, Finding } from './check.ts';
import { problemsOf } from './check-records.ts';
import { isDocumentOrigin, roleOf } from './model/layout.ts';
import { actBetween, lawfulActs } from './model/lifecycle.ts';
import { readRecord } from './model/records.ts';
import type { Oid, Status, StorePath } from './plugin.ts';
import type { Trailers } from './store/commit-object.ts';
import { readBlob, walkFirstParents } from './store/history.ts';
import type { Store } from './store/store.ts';

/** One version of a record file. */
interface Version {
  readonly oid: Oid | null;
  readonly commit: Oid;
  /** A commit that goes back on purpose: what it gives was lawful before. */
  readonly isReturn: boolean;
}

/** Statuses replayed from the first commit on: none may be where the table does not lead. */
export async function checkLifecycle(examined: Examined): Promise<readonly Finding[]> {
  const { ground } = examined;
  const findings = [...(await problemsOf(examined, 'lifecycle'))];
  const told = new Set(findings.map(({ path = '' }) => path.replace(/:\d+$/, '')));
  const revision = await ground.revision();
  if (revision === undefined) return findings;
  const committed = await ground.committed();
  for (const [path, versions] of await versionsOf(ground.store, revision, committed)) {
    if (told.has(path)) continue;
    const broken = await firstBreak(ground.store, path, versions);
    if (broken === undefined) continue;
    const { from, to, commit } = broken;
    const message = `Expected a lawful change of status, found ${from} to ${to} in commit ${commit.slice(0, 12)}. ${lawfulActs(from)} Set a lawful one, or git revert that commit.`;
    findings.push({ severity: 'error', path, message });
  }
  return findings;
}

/** For each record file that is there, its versions, oldest first. */
async function versionsOf(
  store: Store,
  from: Oid,
  committed: ReadonlyMap<StorePath, Oid>,
): Promise<ReadonlyMap<StorePath, readonly Version[]>> {
  const versions = new Map<StorePath, Version[]>();
  for await (const { oid: commit, trailers, changes } of walkFirstParents(store, { from })) {
    const isReturn = actOf(trailers).some((act) => RETURNS.has(act));
    for (const { path, after } of changes) {
      if (!committed.has(path) || roleOf(path).role !== 'record') continue;
      const known = versions.get(path) ?? [];
      versions.set(path, known);
      known.push({ oid: after, commit, isReturn });
    }
  }
  for (const known of versions.values()) known.reverse();
  return versions;
}

const RETURNS: ReadonlySet<string> = new Set(['undo', 'restore', 'merge']);

function actOf(trailers: Trailers): readonly string[] {
  return trailers.flatMap(([key, value]) => (key === 'Act' ? [value] : []));
}

interface Break {
  readonly from: Status;
  readonly to: Status;
  readonly commit: Oid;
}

/** The change that the present status rests on and that the table does not have; none when all is lawful. */
async function firstBreak(
  store: Store,
  path: StorePath,
  versions: readonly Version[],
): Promise<Break | undefined> {
  let standing: Status | undefined;
  let broken: Break | undefined;
  const before = new Set<Oid>();
  for (const { oid, commit, isReturn } of versions) {
    // A file that was away begins again: what it was is the business of whoever brought it back.
    if (oid === null) {
      [standing, broken] = [undefined, undefined];
      continue;
    }
    const read = readRecord(path, (await readBlob(store, oid)).toString('utf8'));
    if ('problem' in read) continue;
    const { status, type } = read.record;
    const isLawful =
      standing === undefined ||
      standing === status ||
      isReturn ||
      before.has(oid) ||
      actBetween(standing, status, type) !== undefined;
    before.add(oid);
    if (isLawful) [standing, broken] = [status, undefined];
    else if (standing !== undefined) broken = { from: standing, to: status, commit };
  }
  return broken;
}

/** Every record has its origins, and the files that these name are there. */
export async function checkProvenance(examined: Examined): Promise<readonly Finding[]> {
  const { snapshot, settlement } = await examined.ground.view();
  const findings = [...(await problemsOf(examined, 'provenance'))];
  for (const { record } of settlement.records.values()) {
    // A record that nobody stands by any more rests on nothing.
    if (record.type === 'state' || record.status === 'invalid' || record.status === 'superseded')
      continue;
    for (const origin of record.origins) {
      const found = isFound(origin, snapshot.files, settlement.records);
      if (found) continue;
      const place = /^memory:/.test(origin) ? `'*--${origin.slice(7)}.md'` : origin.split('#')[0];
      const message = `Expected the origin ${origin}, found none. Bring it back (git log --all -- ${place} says from where), or decide on the record: atocore why ${record.id}.`;
      findings.push({ severity: 'warning', path: record.path, message });
    }
  }
  return findings;
}

function isFound(
  origin: string,
  files: ReadonlyMap<StorePath, unknown>,
  records: ReadonlyMap<string, unknown>,
): boolean {
  if (isDocumentOrigin(origin)) return files.has(origin.split('#')[0] as StorePath);
  const memory = /^memory:(\S+)$/.exec(origin)?.[1];
  return memory === undefined || records.has(memory);
}
