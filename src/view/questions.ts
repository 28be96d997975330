/** Every question about entities, each once, so that requests, commands and tools come from one table. */
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';
import { canonicalProject } from '../model/projects.ts';
import { recordFinder } from '../model/record-finder.ts';
import type { ServedRecord } from '../model/snapshot.ts';
import type { ProjectId, RecordId } from '../plugin.ts';
import { changesSince } from './questions/changes.ts';
import {
  decisionHistory,
  decisionsAffecting,
  decisionsOnFlaggedAssumptions,
} from './questions/decisions.ts';
import { evidenceBehind } from './questions/evidence.ts';
import type { Facts, ProjectAsk, RecordAsk } from './questions/facts.ts';
import { conflictsAndGaps } from './questions/gaps.ts';
import { impactOf } from './questions/impact.ts';
import { overviewOf } from './questions/overview.ts';
import {
  constraintsOn,
  satisfiedRequirements,
  unsatisfiedRequirements,
} from './questions/requirements.ts';
import { componentPlace, contents, systemMap } from './questions/structure.ts';
import { backingOf, unsupportedClaims } from './questions/validation.ts';

export type ParameterName = 'record' | 'project' | 'since' | 'candidates';

export interface Parameter {
  readonly name: ParameterName;
  readonly isRequired: boolean;
  readonly meaning: string;
}

export interface Question {
  /** Kebab-case; also the name of the request and the command, and of the tool (`ask_system_map`). */
  readonly id: string;
  readonly title: string;
  readonly parameters: readonly Parameter[];
  /**
   * An answer of plain values, fit for JSON.
   * @throws AtoError `invalid` for a parameter that is missing or not understood, `not-found`
   * for a record, project or commit that there is none of
   */
  readonly answer: (facts: Facts, given: Given) => unknown;
}

/** Parameters as a request or a command line gives them. */
export type Given = Readonly<Partial<Record<ParameterName, string>>>;

const CANDIDATES: Parameter = {
  name: 'candidates',
  isRequired: false,
  meaning: '`true` counts candidates too; they are marked. Otherwise active records alone count.',
};
const PROJECT: Parameter = { name: 'project', isRequired: true, meaning: 'Id, alias or title.' };
const RECORD: Parameter = {
  name: 'record',
  isRequired: true,
  meaning:
    'Id, number (`REQ-012`), or subject where `project` is given or only one record bears it.',
};

/** In the order of domain.md §7. */
export const QUESTIONS: readonly Question[] = [
  ofRecord('contents', 'What a subsystem contains', contents),
  ofProject('system-map', 'The system map of a project', systemMap),
  ofRecord('place', 'Where a component sits and what it touches', componentPlace),
  ofRecord('satisfies', 'Requirements that a component satisfies', satisfiedRequirements),
  ofProject('unsatisfied', 'Requirements that nothing satisfies', unsatisfiedRequirements),
  ofRecord('constraints', 'Constraints on a component', constraintsOn),
  ofRecord('decisions', 'Decisions that affect a subsystem or component', decisionsAffecting),
  ofProject(
    'flagged-assumptions',
    'Decisions that rest on a flagged assumption',
    decisionsOnFlaggedAssumptions,
  ),
  ofRecord('decision-history', 'The history of a decision', decisionHistory),
  ofProject(
    'unsupported-claims',
    'Validation claims without a supporting result',
    unsupportedClaims,
  ),
  ofRecord('backing', 'Results and models behind a claim', backingOf),
  {
    id: 'changes',
    title: 'What changed since a date or commit',
    parameters: [
      { name: 'since', isRequired: true, meaning: 'A day, a UTC time, or a commit.' },
      { ...PROJECT, isRequired: false },
      CANDIDATES,
    ],
    answer: answerChanges,
  },
  ofRecord('impact', 'The impact of changing a record, three steps far', impactOf),
  ofRecord('evidence', 'The evidence behind a record, down to its sources', evidenceBehind),
  ofProject('gaps', 'Open conflicts and gaps of a project', conflictsAndGaps),
  ofProject('overview', 'The overview of a project', overviewOf),
];

/** The question of an id. AtoError `not-found` lists them otherwise. */
export function questionOf(id: string): Question {
  const found = QUESTIONS.find((question) => question.id === id);
  if (found !== undefined) return found;
  const ids = QUESTIONS.map((question) => question.id).join(', ');
  throw new AtoError('not-found', `Expected a question, one of ${ids}; found ${quote(id)}.`);
}

function ofRecord(
  id: string,
  title: string,
  answer: (facts: Facts, ask: RecordAsk) => unknown,
): Question {
  return {
    id,
    title,
    parameters: [RECORD, { ...PROJECT, isRequired: false }, CANDIDATES],
    answer: (facts, given) =>
      answer(facts, { record: recordNamed(facts, given), ...scopeOf(given) }),
  };
}

function ofProject(
  id: string,
  title: string,
  answer: (facts: Facts, ask: ProjectAsk) => unknown,
): Question {
  return {
    id,
    title,
    parameters: [PROJECT, CANDIDATES],
    answer: (facts, given) => {
      const project = projectNamed(facts, required(given, 'project'));
      return answer(facts, { project, ...scopeOf(given) });
    },
  };
}

function answerChanges(facts: Facts, given: Given): unknown {
  const since = required(given, 'since');
  const isDate =
    /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(since) && !Number.isNaN(Date.parse(since));
  if (!isDate && !/^[0-9a-f]{7,40}$/.test(since)) {
    throw new AtoError(
      'invalid',
      `Expected \`since\` as 2026-04-09, 2026-04-09T10:15:00Z or a commit, found ${quote(since)}.`,
    );
  }
  const project =
    given.project === undefined ? {} : { project: projectNamed(facts, given.project) };
  const found = changesSince(facts, { since, ...project, ...scopeOf(given) });
  if (found !== undefined) return found;
  throw new AtoError(
    'not-found',
    `Expected a commit of this store, found ${quote(since)}. \`git log\` lists them; a date works too.`,
  );
}

function scopeOf({ candidates }: Given): { readonly includeCandidates: boolean } {
  if (candidates === undefined || candidates === 'false') return { includeCandidates: false };
  if (candidates === 'true') return { includeCandidates: true };
  throw new AtoError(
    'invalid',
    `Expected \`candidates\` to be true or false, found ${quote(candidates)}.`,
  );
}

function required(given: Given, name: ParameterName): string {
  const value = given[name]?.trim() ?? '';
  if (value !== '') return value;
  throw new AtoError('invalid', `Expected \`${name}\`, found nothing. Name it.`);
}

function projectNamed(facts: Facts, name: string): ProjectId {
  const id = canonicalProject(facts.settlement.registry, name);
  if (id !== undefined) return id;
  throw new AtoError(
    'not-found',
    `Expected a project's id, alias or title, found ${quote(name)}. \`atocore project list\` names them.`,
  );
}

function recordNamed(facts: Facts, given: Given): ServedRecord {
  const text = required(given, 'record');
  const { nodes } = facts.graph;
  const own = nodes.get(text as RecordId);
  if (own !== undefined) return own;
  const records = new Map([...nodes].map(([id, { record }]) => [id, record]));
  const find = recordFinder(records, (id) => nodes.get(id)?.stated ?? {});
  const projects =
    given.project === undefined
      ? [...facts.settlement.registry.projects.keys()]
      : [projectNamed(facts, given.project)];
  const found = projects.map((project) => find(text, { project }));
  const ids = [...new Set(found.flatMap((each) => ('id' in each ? [each.id] : each.among)))];
  const served = nodes.get(ids[0] ?? ('' as RecordId));
  if (served !== undefined && ids.length === 1) return served;
  const which = ids.slice(0, 10).map((id) => `${id} (${nodes.get(id)?.record.project})`);
  throw new AtoError(
    'not-found',
    ids.length === 0
      ? `Expected a record's id, number or subject, found ${quote(text)}, which names none. Search for it first.`
      : `Expected one record, found ${quote(text)} naming several: ${which.join(', ')}. Give the id.`,
  );
}
