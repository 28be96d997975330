/** Refresh: the roots of a project read, compared and staged in one commit (domain.md §2). */
import type { Person, PlannedCommit } from './decisions.ts';
import { AtoError } from './errors.ts';
import { assertProject } from './plans.ts';
import type { Oid, ProjectId, StorePath } from './plugin.ts';
import { type StagedRoot, stage } from './sources/stage.ts';
import type { View } from './view/view.ts';

export type RefreshedRoot = StagedRoot;

export interface RefreshOptions {
  /** A name for what is being widened, such as `trusted-operational`. */
  readonly wave: string;
  /** A person says that many files really are gone from a root. */
  readonly confirmRemovals?: boolean;
}

export interface RefreshReport {
  readonly project: ProjectId;
  readonly wave: string;
  readonly status: 'ingested' | 'partial' | 'nothing_to_ingest';
  readonly roots: readonly RefreshedRoot[];
  readonly commit?: Oid;
}

interface RefreshAsk extends RefreshOptions {
  readonly by: Person;
  /** What the store holds. */
  readonly entries: ReadonlyMap<StorePath, { readonly oid: Oid }>;
  readonly homeFolder: string;
}

const WAVE = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** What a refresh finds, and the commit it makes; no plan when nothing changed. */
export async function refreshRoots(
  view: View,
  id: ProjectId,
  ask: RefreshAsk,
): Promise<{
  report: RefreshReport;
  plan?: PlannedCommit;
}> {
  const project = assertProject(view, id);
  if (!WAVE.test(ask.wave)) {
    throw new AtoError(
      'invalid',
      `Expected a wave's name of lower-case letters, digits and hyphens, found ${JSON.stringify(ask.wave)}.`,
    );
  }
  const changes: { path: StorePath; text: Uint8Array | null }[] = [];
  const roots: StagedRoot[] = [];
  let files = 0;
  for (const root of project.roots) {
    const present = presentBelow(ask.entries, `projects/${id}/sources/${root.label}/`);
    const staged = await stage({
      project: id,
      root,
      homeFolder: ask.homeFolder,
      present,
      fileBytesMax: view.config.limits.fileBytes,
      confirmRemovals: ask.confirmRemovals ?? false,
    });
    roots.push(staged.root);
    for (const [path, bytes] of staged.files) changes.push({ path, text: bytes });
    files += present.size + staged.root.added - staged.root.removed;
  }
  const isWhole = roots.every(({ state, reason }) => state === 'staged' && reason === undefined);
  const isAny = roots.some(({ state }) => state === 'staged') && files > 0;
  const status = !isAny ? 'nothing_to_ingest' : isWhole ? 'ingested' : 'partial';
  const report: RefreshReport = { project: id, wave: ask.wave, status, roots };
  if (changes.length === 0) return { report };
  const plan = {
    changes,
    subject: `refresh: ${id}, wave ${ask.wave}`,
    trailers: [
      ['Actor', `${ask.by.name} <${ask.by.email}>`],
      ['Act', 'refresh'],
      ['Project', id],
      ['Wave', ask.wave],
    ] as const,
  };
  return { report, plan };
}

function presentBelow(entries: RefreshAsk['entries'], folder: string): ReadonlyMap<StorePath, Oid> {
  const present = new Map<StorePath, Oid>();
  for (const [path, { oid }] of entries) if (path.startsWith(folder)) present.set(path, oid);
  return present;
}
