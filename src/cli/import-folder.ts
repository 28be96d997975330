/** A folder or vault of notes as a root of a project: registered where it isn't, then refreshed. */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { AtoError } from '../errors.ts';
import type {
  CommittedProjectJson,
  ProjectJson,
  ProjectListJson,
  ProposalCheckedJson,
  RefreshedJson,
} from '../http/projects.ts';
import { slug } from '../model/names.ts';
import type { ProjectId } from '../plugin.ts';
import { stage } from '../sources/stage.ts';
import type { Client } from './client.ts';
import { columns, counted, plain, styled } from './lines.ts';
import { actorOf, personHere } from './person.ts';

const LABEL = 'notes';
const WAVE = 'import';
/** What the engine stages at most of one file; larger ones are left out by refresh too. */
const FILE_BYTES_MAX = 1_000_000;

export interface FolderImport {
  readonly folder: string;
  /** Id of the project; left out: made of the folder's name. */
  readonly project?: string;
  readonly title?: string;
  readonly isDry: boolean;
}

export interface FolderReport {
  readonly from: string;
  readonly dry_run: boolean;
  readonly project: string;
  /** Whether the project, or this root of it, is new to the registry. */
  readonly registers: 'project' | 'root' | 'nothing';
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly status: string;
  readonly reason?: string;
}

/** AtoError `usage` where there is no folder; what the registry refuses is its own answer. */
export async function importFolder(client: Client, ask: FolderImport): Promise<FolderReport> {
  const folder = resolve(ask.folder);
  await assertFolder(folder, ask.folder);
  const { items } = await client.get<ProjectListJson>('/projects', { limit: '500' });
  const plan = planOf(items, folder, ask);
  if (ask.isDry) return dryRun(client, plan, ask);
  const actor = actorOf(await personHere(client.folder));
  if (plan.registers !== 'nothing') {
    const [method, path] =
      plan.registers === 'project'
        ? ['POST', '/projects/register']
        : ['PUT', `/projects/${encodeURIComponent(plan.project)}`];
    const { id: _id, ...fields } = plan.proposal;
    const body =
      plan.registers === 'project' ? { ...plan.proposal, ...actor } : { ...fields, ...actor };
    await client.send<CommittedProjectJson>(method, path, { body, scope: 'admin' });
  }
  const path = `/projects/${encodeURIComponent(plan.project)}/refresh`;
  const body = { wave: WAVE, ...actor };
  const done = await client.send<RefreshedJson>('POST', path, { body, scope: 'admin' });
  const root = done.roots.find(({ label }) => label === plan.label);
  return {
    from: folder,
    dry_run: false,
    project: plan.project,
    registers: plan.registers,
    added: root?.added ?? 0,
    changed: root?.changed ?? 0,
    removed: root?.removed ?? 0,
    status: root?.state ?? done.status,
    ...(root?.reason === undefined ? {} : { reason: root.reason }),
  };
}

interface Plan {
  readonly project: string;
  readonly label: string;
  readonly folder: string;
  readonly registers: FolderReport['registers'];
  readonly proposal: {
    readonly id: string;
    readonly title?: string;
    readonly roots: readonly { label: string; path: string; sub_path?: string | undefined }[];
  };
}

function planOf(projects: readonly ProjectJson[], folder: string, ask: FolderImport): Plan {
  const id = ask.project ?? slug(basename(folder));
  const rooted = projects.find(
    ({ id: other, roots }) =>
      (ask.project === undefined || other === id) && roots.some(({ path }) => path === folder),
  );
  const known = rooted?.roots.find(({ path }) => path === folder);
  if (rooted !== undefined && known !== undefined) {
    const proposal = { id: rooted.id, roots: [] };
    return { project: rooted.id, label: known.label, folder, registers: 'nothing', proposal };
  }
  const present = projects.find((each) => each.id === id || each.aliases.includes(id));
  const isRegistered = present?.registered === true;
  const labels = new Set(present?.roots.map(({ label }) => label) ?? []);
  let label = LABEL;
  for (let number = 2; labels.has(label); number += 1) label = `${LABEL}-${number}`;
  const title = ask.title ?? (isRegistered ? undefined : basename(folder));
  return {
    project: present?.id ?? id,
    label,
    folder,
    registers: isRegistered ? 'root' : 'project',
    proposal: {
      id: present?.id ?? id,
      ...(title === undefined ? {} : { title }),
      roots: [...(present?.roots ?? []), { label, path: folder }],
    },
  };
}

async function dryRun(client: Client, plan: Plan, ask: FolderImport): Promise<FolderReport> {
  if (plan.registers === 'project') {
    const body = plan.proposal;
    const checked = await client.send<ProposalCheckedJson>('POST', '/projects/proposal', { body });
    if (!checked.valid) throw new AtoError('invalid', checked.faults.join(' '));
  }
  const { root } = await stage({
    project: plan.project as ProjectId,
    root: { label: plan.label, path: plan.folder },
    homeFolder: '',
    present: new Map(),
    fileBytesMax: FILE_BYTES_MAX,
    confirmRemovals: false,
  });
  return {
    from: resolve(ask.folder),
    dry_run: true,
    project: plan.project,
    registers: plan.registers,
    added: root.added,
    changed: 0,
    removed: 0,
    status: root.state,
    ...(root.reason === undefined ? {} : { reason: root.reason }),
  };
}

async function assertFolder(folder: string, said: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    const message = `Expected claude-code, codex, openclaw or a folder, found ${JSON.stringify(said)}, which isn't there.`;
    throw new AtoError('usage', message, { cause: error });
  }
  throw new AtoError('usage', `Expected a folder, found a file: ${folder}.`);
}

export function folderLines(report: FolderReport): readonly string[] {
  const { project, registers, added, changed, removed, status, reason } = report;
  const what = registers === 'nothing' ? 'registered before' : `a new ${registers}`;
  return [
    `${styled('bold', project)}  ${what}`,
    ...(report.dry_run
      ? [
          `  ${counted(added, 'Markdown file')} would be staged; those that are there already stay as they are`,
        ]
      : columns([[status, `+${added} ~${changed} -${removed}`]], '  ')),
    ...(reason === undefined ? [] : [`  ${plain(reason)}`]),
    ...(report.dry_run ? ['Nothing was written.'] : []),
  ];
}
