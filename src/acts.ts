/** Acts carried out: each after all that was edited before it, one commit, settled before it is answered. */
import { homedir } from 'node:os';
import { CaptureAsks } from './capture-asks.ts';
import { type Creation, planCreation } from './creations.ts';
import {
  type Choice,
  concerned,
  type Decision,
  type Person,
  type PlannedCommit,
  planDecisions,
} from './decisions.ts';
import { servedRecord } from './desk.ts';
import { isAtoError } from './errors.ts';
import { projectPath, statePath } from './model/layout.ts';
import { outcomesBelow, tallyOf } from './model/outcomes.ts';
import type { Project, Proposal as ProjectProposal } from './model/projects.ts';
import { present } from './model/records.ts';
import type { StateEntry } from './model/states.ts';
import { type Observer, tellRemoved } from './observer.ts';
import { planProject, planState, planUnsetState } from './plans.ts';
import type { KnowledgeRecord, Oid, ProjectId, RecordId, StorePath } from './plugin.ts';
import type { Redaction } from './redaction.ts';
import { changedLabels, type RefreshOptions, type RefreshReport, refreshRoots } from './refresh.ts';
import { membersServed, openConflict, planResolution, type Resolution } from './resolve.ts';
import type { Rounds } from './rounds.ts';
import type { SettlingStore } from './settling-store.ts';
import { readFile } from './store/read-file.ts';
import { planUndo, type UndoAsk } from './undo.ts';
import { type Assertion, stillAsserting } from './view/assertions.ts';
import type { View } from './view/view.ts';

export interface Decided {
  /** The record decided on; of a graduation the entity that it proposes. */
  readonly record: KnowledgeRecord;
  /** The record file's blob now: its ETag. */
  readonly oid: Oid;
  /** The commit that holds the decision. */
  readonly commit: Oid;
  /** Open conflicts that the record now takes part in. */
  readonly conflicts: readonly string[];
  /** What still says what a superseded or invalidated record said; for one more decision. */
  readonly stillAsserted: readonly Assertion[];
}

export interface DecidedMany {
  readonly commit: Oid;
  /** In the order of the decisions. */
  readonly decided: readonly Decided[];
}

export interface Resolved {
  readonly commit: Oid;
  readonly id: string;
  readonly status: 'resolved' | 'dismissed';
  /** The members as they are now. */
  readonly members: readonly KnowledgeRecord[];
  readonly stillAsserted: readonly Assertion[];
}

export interface Undone {
  readonly commit: Oid;
  readonly undoes: Oid;
  /** The files that were put back. */
  readonly paths: readonly StorePath[];
}

export interface StateChanged {
  readonly commit: Oid;
  /** Open conflicts that the entry now takes part in. */
  readonly conflicts: readonly string[];
}

export interface ProjectChanged {
  readonly project: Project;
  readonly commit: Oid;
}

export type StatePlace = Pick<StateEntry, 'project' | 'category' | 'key'>;

export interface ActsParts {
  readonly settling: SettlingStore;
  readonly rounds: Rounds;
  readonly observer: Required<Observer>;
  readonly redaction: Redaction;
  /** The view after a look at some files, or at everything; only within a turn. */
  readonly look: (paths?: (view: View) => readonly StorePath[]) => Promise<View>;
}

export class Acts {
  readonly #settling: SettlingStore;
  readonly #rounds: Rounds;
  readonly #observer: Required<Observer>;
  readonly #redaction: Redaction;
  readonly #look: ActsParts['look'];

  /** What is asked of captures that are there. */
  readonly captures: CaptureAsks;

  constructor({ settling, rounds, observer, redaction, look }: ActsParts) {
    const commit = this.#commit.bind(this);
    this.captures = new CaptureAsks({ settling, rounds, look, commit });
    this.#settling = settling;
    this.#rounds = rounds;
    this.#observer = observer;
    this.#redaction = redaction;
    this.#look = look;
  }

  async decide({ by, ...choice }: Decision): Promise<Decided> {
    const { decided } = await this.decideMany([choice], { by });
    const [first] = decided;
    if (first === undefined) throw new TypeError('a decision without its result');
    return first;
  }

  decideMany(
    choices: readonly Choice[],
    how: { readonly by: Person; readonly note?: string },
  ): Promise<DecidedMany> {
    const paths = (view: View): StorePath[] => recordPaths(view, idsOf(view, choices));
    return this.#act(paths, how.by, {
      plan: async (view) => {
        const texts = await this.#texts(paths(view));
        return planDecisions(view, choices, { ...how, texts });
      },
      result: (view, commit, { plan, before }) => ({
        commit,
        decided: choices.map((choice) => decided(view, commit, { choice, plan, before })),
      }),
    });
  }

  async create(asked: Creation): Promise<Decided> {
    const { draft, origins, note, by, as } = asked;
    const { value, removed } = await this.#redaction.redact({ draft, origins, note });
    const creation: Creation = { by, as, draft: value.draft, ...present(value) };
    tellRemoved(this.#observer, removed);
    return this.#act(() => [], by, {
      plan: (view) => planCreation(view, creation),
      result: (view, commit, { plan }) => {
        const { record, oid } = servedRecord(view, plan.id);
        return { record, oid, commit, conflicts: record.conflicts, stillAsserted: [] };
      },
    });
  }

  resolveConflict(resolution: Resolution): Promise<Resolved> {
    const paths = (view: View): StorePath[] => {
      const conflict = openConflict(view, resolution.id);
      return [conflict.path, ...membersServed(view, conflict).map(({ record }) => record.path)];
    };
    return this.#act(paths, resolution.by, {
      plan: async (view) => planResolution(view, resolution, await this.#texts(paths(view))),
      result: (view, commit, { before }) => resolved(view, commit, { resolution, before }),
    });
  }

  undo(ask: UndoAsk): Promise<Undone> {
    return this.#act(undefined, ask.by, {
      plan: () => planUndo(this.#settling.store, ask),
      result: (_view, commit, { plan }) => ({
        commit,
        undoes: plan.undoes,
        paths: plan.changes.map(({ path }) => path),
      }),
    });
  }

  setState(entry: StateEntry, by: Person, note?: string): Promise<StateChanged> {
    return this.#act(() => [statePath(entry.project, entry.category, entry.key)], by, {
      plan: (view) => planState(view, entry, by, note),
      result: (view, commit, { plan }) => ({ commit, conflicts: conflictsOf(view, plan.record) }),
    });
  }

  unsetState(place: StatePlace, by: Person, note?: string): Promise<{ readonly commit: Oid }> {
    return this.#act(() => [statePath(place.project, place.category, place.key)], by, {
      plan: (view) => planUnsetState(view, place, by, note),
      result: (_view, commit) => ({ commit }),
    });
  }

  changeProject(proposal: ProjectProposal, by: Person, isUpdate: boolean): Promise<ProjectChanged> {
    const { store } = this.#settling;
    return this.#act(() => [projectPath(proposal.id as ProjectId)], by, {
      plan: (view) => planProject(view, proposal, { by, isUpdate, store }),
      result: (_view, commit, { plan }) => ({ project: plan.project, commit }),
    });
  }

  refreshProject(id: ProjectId, options: RefreshOptions, by: Person): Promise<RefreshReport> {
    return this.#rounds.inTurn(async () => {
      const view = await this.#look();
      const entries = this.#settling.seen?.entries ?? new Map();
      const { store } = this.#settling;
      const ask = { ...options, by, entries, homeFolder: homedir(), store };
      const { report, plan } = await refreshRoots(view, id, ask);
      if (plan === undefined) return report;
      const commit = await this.#commit(plan, by);
      const { settlement } = await this.#rounds.round(plan.changes.map(({ path }) => path));
      const outcomes = outcomesBelow(settlement.outcomes, id, changedLabels(report));
      return { ...report, commit, extraction: tallyOf(outcomes) };
    });
  }

  #act<Plan extends PlannedCommit, Result>(
    paths: ((view: View) => readonly StorePath[]) | undefined,
    by: Person,
    work: {
      readonly plan: (view: View) => Plan | Promise<Plan>;
      readonly result: (view: View, commit: Oid, past: Past<Plan>) => Result;
    },
  ): Promise<Result> {
    return this.#rounds.inTurn(async () => {
      const before = await this.#look(paths);
      const plan = await work.plan(before);
      const commit = await this.#commit(plan, by);
      const view = await this.#rounds.round(plan.changes.map(({ path }) => path));
      return work.result(view, commit, { plan, before });
    });
  }

  async #commit(plan: PlannedCommit, by: Person): Promise<Oid> {
    const commit = await this.#settling.act(plan, by);
    this.#observer.acted({ commit, trailers: plan.trailers });
    return commit;
  }

  /** The files as they are on disk; one that is gone is left out. */
  async #texts(paths: readonly StorePath[]): Promise<ReadonlyMap<StorePath, string>> {
    const texts = new Map<StorePath, string>();
    for (const path of paths) {
      try {
        texts.set(path, (await readFile(this.#settling.store, path)).bytes.toString('utf8'));
      } catch (error) {
        if (!isAtoError(error, 'not-found')) throw error;
      }
    }
    return texts;
  }
}

interface Past<Plan> {
  readonly plan: Plan;
  /** The view that the plan was made on. */
  readonly before: View;
}

function idsOf(view: View, choices: readonly Choice[]): ReadonlySet<RecordId> {
  return new Set(choices.flatMap((choice) => concerned(view, choice)));
}

function recordPaths(view: View, ids: Iterable<RecordId>): StorePath[] {
  const found: StorePath[] = [];
  for (const id of ids) {
    const served = view.settlement.records.get(id);
    if (served !== undefined && served.record.type !== 'state') found.push(served.record.path);
  }
  return found;
}

const PUTS_AWAY: ReadonlySet<Choice['act']> = new Set(['supersede', 'invalidate']);

function decided(
  view: View,
  commit: Oid,
  past: Past<PlannedCommit> & { readonly choice: Choice },
): Decided {
  const { choice, plan, before } = past;
  const id = choice.act === 'graduate' ? proposedFrom(plan, choice.id) : choice.id;
  const { record, oid } = servedRecord(view, id);
  const old = before.settlement.records.get(choice.id)?.record;
  const winner = choice.act === 'supersede' ? [choice.winner] : [];
  const stillAsserted =
    old === undefined || !PUTS_AWAY.has(choice.act) ? [] : stillSaid(view, [old], winner);
  return { record, oid, commit, conflicts: record.conflicts, stillAsserted };
}

/** The entity that a plan proposes in the place of a memory. */
function proposedFrom({ trailers }: PlannedCommit, memory: RecordId): RecordId {
  const at = trailers.findIndex(([key, value]) => key === 'Other' && value === memory);
  const record = trailers.slice(0, at).findLast(([key]) => key === 'Record');
  return (record?.[1] ?? memory) as RecordId;
}

function resolved(
  view: View,
  commit: Oid,
  { resolution, before }: { readonly resolution: Resolution; readonly before: View },
): Resolved {
  const { id, how } = resolution;
  const members = membersServed(before, openConflict(before, id)).map(({ record }) => record);
  const winner = 'promoteWinner' in how ? how.promoteWinner : undefined;
  const losers = winner === undefined ? [] : members.filter((each) => each.id !== winner);
  return {
    commit,
    id,
    status: winner === undefined ? 'dismissed' : 'resolved',
    members: members.map((each) => view.settlement.records.get(each.id)?.record ?? each),
    stillAsserted: stillSaid(view, losers, winner === undefined ? [] : [winner]),
  };
}

function stillSaid(
  view: View,
  losers: readonly KnowledgeRecord[],
  winners: readonly RecordId[],
): readonly Assertion[] {
  const except = new Set([...losers.map(({ id }) => id), ...winners]);
  const found = new Map<string, Assertion>();
  for (const loser of losers) {
    for (const assertion of stillAsserting(view, loser, except)) {
      found.set(assertion.id ?? `${assertion.path}:${assertion.startLine}`, assertion);
    }
  }
  return [...found.values()];
}

function conflictsOf(view: View, id: string): readonly string[] {
  return view.settlement.conflicts
    .filter(
      ({ status, conflict }) =>
        status === 'open' && conflict.members.some((each) => each.id === id),
    )
    .map(({ id: conflict }) => conflict);
}
