/** Refresh: the roots of a project read, compared and staged in one commit (domain.md §2). */
import type { Person, PlannedCommit } from './decisions.ts';
import { AtoError } from './errors.ts';
import { type Project, waveFault, withWave } from './model/projects.ts';
import type { Tally } from './model/snapshot.ts';
import { assertProject } from './plans.ts';
import type { Oid, ProjectId, StorePath } from './plugin.ts';
import { type StagedRoot, stage } from './sources/stage.ts';
import { readFile } from './store/read-file.ts';
import type { Store } from './store/store.ts';
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
  /** What became of the claims in what this wave changed; also in `reports/extraction/<wave>.md`. */
  readonly extraction: readonly Tally[];
}

interface RefreshAsk extends RefreshOptions {
  readonly by: Person;
  /** What the store holds. */
  readonly entries: ReadonlyMap<StorePath, { readonly oid: Oid }>;
  readonly homeFolder: string;
  readonly store: Store;
}

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
  const fault = waveFault(ask.wave);
  if (fault !== undefined) throw new AtoError('invalid', fault);
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
  const report: RefreshReport = { project: id, wave: ask.wave, status, roots, extraction: [] };
  if (changes.length === 0) return { report };
  changes.push(...(await waveChange(project, changedLabels(report), ask)));
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

/** Labels of the roots that a refresh changed something of. */
export function changedLabels({ roots }: RefreshReport): readonly string[] {
  return roots
    .filter(({ added, changed, removed }) => added + changed + removed > 0)
    .map(({ label }) => label);
}

/** The project's file, with the wave noted: what a report is about is told by the ground alone. */
async function waveChange(
  { path, ...project }: Project,
  labels: readonly string[],
  { store, wave }: RefreshAsk,
): Promise<readonly { path: StorePath; text: Uint8Array }[]> {
  if (path === undefined) return [];
  const { bytes } = await readFile(store, path);
  const named = new Map(labels.map((label) => [label, wave]));
  const text = withWave(bytes.toString('utf8'), project, named);
  return text === bytes.toString('utf8') ? [] : [{ path, text: new TextEncoder().encode(text) }];
}

function presentBelow(entries: RefreshAsk['entries'], folder: string): ReadonlyMap<StorePath, Oid> {
  const present = new Map<StorePath, Oid>();
  for (const [path, { oid }] of entries) if (path.startsWith(folder)) present.set(path, oid);
  return present;
}
