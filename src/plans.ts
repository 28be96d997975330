/** What a person's act on state and projects changes, as files and a commit message. */
import type { Person, PlannedCommit } from './decisions.ts';
import { noteOf } from './decisions.ts';
import { AtoError } from './errors.ts';
import { statePath } from './model/layout.ts';
import { byText, quote } from './model/names.ts';
import { checkProposal, formatProject, type Project, type Proposal } from './model/projects.ts';
import { checkStateName, formatState, readState, type StateEntry } from './model/states.ts';
import type { ProjectId, RecordId, StorePath } from './plugin.ts';
import { readFile } from './store/read-file.ts';
import type { Store } from './store/store.ts';
import type { View } from './view/view.ts';

export interface StatePlan extends PlannedCommit {
  readonly record: RecordId;
}

/** An entry of trusted state, new or changed. AtoError `invalid`, `not-found` (the project). */
export function planState(view: View, entry: StateEntry, by: Person, note?: string): StatePlan {
  const fault = checkStateName(entry.category, entry.key);
  if (fault !== undefined) throw new AtoError('invalid', fault);
  assertProject(view, entry.project);
  const { path, text } = formatState(entry);
  const place = { project: entry.project, category: entry.category, key: entry.key };
  const read = readState(path, place, text);
  if ('problem' in read) throw new AtoError('invalid', read.problem.message);
  const { id } = read.record;
  const before = view.settlement.records.get(id)?.record.value;
  return {
    changes: [{ path, text }],
    subject: `state: set ${entry.category}/${entry.key} of ${entry.project}`,
    trailers: [
      ['Actor', `${by.name} <${by.email}>`],
      ['Act', 'state-set'],
      ['Record', id],
      ...(before === undefined ? [] : [['Before', oneLine(before)] as const]),
      ['After', oneLine(entry.value)],
    ],
    ...noteOf(note),
    record: id,
  };
}

/** Takes an entry of trusted state away. AtoError `not-found`. */
export function planUnsetState(
  view: View,
  place: Pick<StateEntry, 'project' | 'category' | 'key'>,
  by: Person,
  note?: string,
): StatePlan {
  const path = statePath(place.project, place.category, place.key);
  const served = [...view.settlement.records.values()].find(({ record }) => record.path === path);
  if (served === undefined || served.record.type !== 'state') {
    throw new AtoError(
      'not-found',
      `Expected an entry ${place.category}/${place.key} in the state of ${place.project}, found none. \`atocore state list\` shows those there are.`,
    );
  }
  const { id, value = '' } = served.record;
  return {
    changes: [{ path, text: null }],
    subject: `state: unset ${place.category}/${place.key} of ${place.project}`,
    trailers: [
      ['Actor', `${by.name} <${by.email}>`],
      ['Act', 'state-unset'],
      ['Record', id],
      ['Before', oneLine(value)],
    ],
    ...noteOf(note),
    record: id,
  };
}

/** A registered project. AtoError `not-found` with the ids there are. */
export function assertProject(view: View, id: ProjectId): Project {
  const project = view.settlement.registry.projects.get(id);
  if (project !== undefined) return project;
  const ids = [...view.settlement.registry.projects.keys()].sort(byText).join(', ');
  throw new AtoError(
    'not-found',
    `Expected a registered project, found ${quote(id)}. There are: ${ids}.`,
  );
}

export interface ProjectPlan extends PlannedCommit {
  readonly project: Project;
}

/** A `project.md`, new or changed. AtoError `invalid` with all faults in `extra.faults`. */
export async function planProject(
  view: View,
  proposal: Proposal,
  how: { readonly by: Person; readonly isUpdate: boolean; readonly store: Store },
): Promise<ProjectPlan> {
  const { registry } = view.settlement;
  const checked = checkProposal(registry, proposal, how.isUpdate);
  if (!('project' in checked)) {
    throw new AtoError('invalid', checked.faults.join(' '), { extra: { faults: checked.faults } });
  }
  const { project } = checked;
  const path = project.path as StorePath;
  const present = how.isUpdate
    ? (await readFile(how.store, path)).bytes.toString('utf8')
    : undefined;
  const act = how.isUpdate ? 'update' : 'register';
  return {
    changes: [{ path, text: formatProject(project, present) }],
    subject: `project: ${act} ${project.id}`,
    trailers: [
      ['Actor', `${how.by.name} <${how.by.email}>`],
      ['Act', `project-${act}`],
      ['Project', project.id],
    ],
    project,
  };
}

function oneLine(text: string): string {
  const folded = text.replace(/\s+/gu, ' ').trim();
  return folded.length > 200 ? `${folded.slice(0, 200)}…` : folded;
}
