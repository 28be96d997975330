/** Where a review stands: what is shown, what was decided, and what an answer of the store makes of it. */
import type { DifferencePart } from '../view/difference.ts';
import type { TypedLine } from './review-line.ts';

/** One candidate with all that a decision needs. */
export interface Candidate {
  readonly id: string;
  readonly type: string;
  readonly kind: string;
  readonly project: string;
  readonly subject: string;
  readonly value?: string;
  readonly text: string;
  readonly confidence: number;
  readonly rule?: string;
  /** UTC day it came. */
  readonly since: string;
  /** The version shown: what a decision is on. */
  readonly oid: string;
  /** The file or memory it comes from first. */
  readonly source: string;
  /** What its own source says of its standing, where that is a reason to look twice. */
  readonly ownWord?: string;
  /** What it would contradict once promoted. */
  readonly opposed: readonly Opposed[];
  readonly evidence: readonly Quote[];
  readonly nearest?: Neighbour;
}

export interface Opposed {
  readonly slot: string;
  readonly id: string;
  readonly value: string;
  readonly reason: string;
}

export interface Quote {
  readonly path: string;
  readonly headings: readonly string[];
  /** `lines 12–15`, or empty. */
  readonly lines: string;
  readonly quote: string;
  readonly isCurrent: boolean;
}

export interface Neighbour {
  readonly id: string;
  readonly value?: string;
  readonly likeness: number;
  readonly difference: readonly DifferencePart[];
}

export type ReviewAct = 'promote' | 'reject';

export type Outcome =
  | { readonly kind: 'promoted' | 'rejected'; readonly commit: string }
  | { readonly kind: 'skipped' }
  /** Somebody else decided it, or its source no longer says it. */
  | { readonly kind: 'elsewhere'; readonly status: string };

export type Mode =
  | { readonly kind: 'look' | 'help' }
  | { readonly kind: 'groups'; readonly at: number }
  | { readonly kind: 'note'; readonly line: TypedLine }
  | {
      readonly kind: 'edit';
      readonly text: TypedLine;
      readonly value: TypedLine;
      readonly field: 'text' | 'value';
    };

/** A decision that can be taken back. */
export interface Taken {
  readonly id: string;
  readonly commit: string;
}

export interface ReviewState {
  /** Grouped by source, the groups and what is in them in the order of the queue. */
  readonly candidates: readonly Candidate[];
  /** Place of the one shown; behind the last when all were seen. */
  readonly at: number;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Oldest first. */
  readonly taken: readonly Taken[];
  readonly mode: Mode;
  /** Goes with the next decision. */
  readonly note: string;
  readonly held: number;
  readonly openConflicts: number;
  readonly oldest?: string;
  /** Lines of the body that are scrolled past. */
  readonly scroll: number;
  /** What was asked of the store and isn't answered yet; keys wait for nothing meanwhile. */
  readonly pending?: string;
  readonly message?: Message;
}

export interface Message {
  readonly kind: 'done' | 'warning';
  readonly text: string;
}

/** What the queue holds now. */
export interface Queue {
  readonly candidates: readonly Candidate[];
  readonly held: number;
  readonly openConflicts: number;
  readonly oldest?: string;
}

export interface Edit {
  readonly text?: string;
  /** Null takes the value away. */
  readonly value?: string | null;
}

/** What the person wants of the store. */
export type Ask =
  | {
      readonly kind: 'decide';
      readonly candidate: Candidate;
      readonly act: ReviewAct;
      readonly note?: string;
      readonly edit?: Edit;
    }
  | { readonly kind: 'undo'; readonly taken: Taken }
  | { readonly kind: 'queue' }
  | { readonly kind: 'quit' };

export type Answer =
  | {
      readonly kind: 'decided';
      readonly id: string;
      readonly act: ReviewAct;
      readonly commit: string;
      readonly isEdited: boolean;
      readonly conflicts: readonly string[];
    }
  /** Nothing was decided: it isn't any more what was shown. */
  | { readonly kind: 'changed'; readonly id: string; readonly present: Present }
  | { readonly kind: 'undone'; readonly id: string; readonly present: Present }
  | { readonly kind: 'queue'; readonly queue: Queue }
  | { readonly kind: 'refused'; readonly detail: string };

/** A record as it is now: still a candidate, or its status (`gone` where there is none). */
export type Present = Candidate | { readonly status: string };

/** A step: the state it leads to, and what it asks of the store. */
export interface Step {
  readonly state: ReviewState;
  readonly ask?: Ask;
}

export interface Group {
  readonly source: string;
  readonly project: string;
  /** Place of its first candidate. */
  readonly from: number;
  readonly count: number;
  readonly open: number;
}

export const LOOK: Mode = { kind: 'look' };

export function startReview(queue: Queue): ReviewState {
  const { candidates, ...rest } = queue;
  return {
    candidates: grouped(candidates),
    at: 0,
    outcomes: new Map(),
    taken: [],
    mode: LOOK,
    note: '',
    scroll: 0,
    ...rest,
  };
}

export function shownIn({ candidates, at }: ReviewState): Candidate | undefined {
  return candidates[at];
}

/** Candidates of one source stand together; a source may come again when the queue was refilled. */
export function groupsOf({ candidates, outcomes }: ReviewState): readonly Group[] {
  const groups: Group[] = [];
  for (const [place, { source, project, id }] of candidates.entries()) {
    const last = groups.at(-1);
    const isSame = last?.source === source && last.project === project;
    const group = isSame ? last : { source, project, from: place, count: 0, open: 0 };
    const open = group.open + (isDecided(outcomes.get(id)) ? 0 : 1);
    groups.splice(isSame ? -1 : groups.length, 1, { ...group, count: group.count + 1, open });
  }
  return groups;
}

export function isDecided(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && outcome.kind !== 'skipped';
}

export function tally(state: ReviewState): Readonly<Record<Outcome['kind'], number>> {
  const counts = { promoted: 0, rejected: 0, skipped: 0, elsewhere: 0 };
  for (const { kind } of state.outcomes.values()) counts[kind] += 1;
  return counts;
}

/** What an answer of the store makes of the state. */
export function onAnswer(state: ReviewState, answer: Answer): Step {
  const { pending: _answered, message: _said, ...settled } = state;
  switch (answer.kind) {
    case 'decided':
      return onDecided(settled, answer);
    case 'changed':
      return { state: onChanged(settled, answer) };
    case 'undone':
      return { state: onUndone(settled, answer) };
    case 'queue':
      return { state: withQueue(settled, answer.queue) };
    case 'refused':
      return { state: { ...settled, message: { kind: 'warning', text: answer.detail } } };
  }
}

/** On to the next one without an outcome, from here to the end and then from the start. */
export function onward(state: ReviewState): Step {
  const isNew = ({ id }: Candidate) => !state.outcomes.has(id);
  const behind = state.candidates.findIndex((each, place) => place > state.at && isNew(each));
  const place = behind === -1 ? state.candidates.findIndex(isNew) : behind;
  if (place !== -1) return { state: { ...state, at: place, scroll: 0 } };
  // What was decided may have let others in.
  const at = state.candidates.length;
  return {
    state: { ...state, at, scroll: 0, pending: 'Looking for more…' },
    ask: { kind: 'queue' },
  };
}

function onDecided(state: ReviewState, answer: Answer & { kind: 'decided' }): Step {
  const { id, act, commit, isEdited, conflicts } = answer;
  const kind = act === 'promote' ? 'promoted' : 'rejected';
  const subject = state.candidates.find((each) => each.id === id)?.subject ?? id;
  const disputed =
    conflicts.length === 0
      ? ''
      : ` It is disputed now: ${conflicts.join(', ')}; see \`conflicts\`.`;
  const did = kind === 'rejected' ? 'Rejected' : isEdited ? 'Edited and promoted' : 'Promoted';
  return onward({
    ...state,
    outcomes: new Map(state.outcomes).set(id, { kind, commit }),
    taken: [...state.taken, { id, commit }],
    note: '',
    mode: LOOK,
    message: {
      kind: conflicts.length === 0 ? 'done' : 'warning',
      text: `${did}: ${subject}.${disputed} u takes it back.`,
    },
  });
}

function onChanged(state: ReviewState, { id, present }: Answer & { kind: 'changed' }): ReviewState {
  if ('status' in present) {
    const text =
      present.status === 'gone'
        ? 'Nothing was decided: it is gone, its source no longer says it. → goes on.'
        : `Nothing was decided: somebody else did, it is ${present.status} now. → goes on.`;
    const outcomes = new Map(state.outcomes).set(id, { kind: 'elsewhere', status: present.status });
    return { ...state, outcomes, mode: LOOK, message: { kind: 'warning', text } };
  }
  const text = 'Nothing was decided: it changed since it was shown. This is how it is now.';
  return { ...replaced(state, present), message: { kind: 'warning', text } };
}

function onUndone(state: ReviewState, { id, present }: Answer & { kind: 'undone' }): ReviewState {
  const outcomes = new Map(state.outcomes);
  outcomes.delete(id);
  const place = state.candidates.findIndex((each) => each.id === id);
  const back = {
    ...state,
    outcomes,
    taken: state.taken.filter((each) => each.id !== id),
    at: place === -1 ? state.at : place,
    scroll: 0,
    mode: LOOK,
  };
  if ('status' in present) {
    outcomes.set(id, { kind: 'elsewhere', status: present.status });
    const text = `Taken back, but it doesn't await a decision: it is ${present.status}.`;
    return { ...back, message: { kind: 'warning', text } };
  }
  const text = `Taken back: ${present.subject} awaits your decision again.`;
  return { ...replaced(back, present), message: { kind: 'done', text } };
}

function replaced(state: ReviewState, candidate: Candidate): ReviewState {
  const candidates = state.candidates.map((each) => (each.id === candidate.id ? candidate : each));
  return { ...state, candidates };
}

/** What is new comes behind what was seen; nothing that was shown changes its place. */
function withQueue(
  state: ReviewState,
  { candidates, held, openConflicts, oldest }: Queue,
): ReviewState {
  const known = new Set(state.candidates.map(({ id }) => id));
  const fresh = grouped(candidates.filter(({ id }) => !known.has(id)));
  const { oldest: _before, ...rest } = state;
  return {
    ...rest,
    candidates: [...state.candidates, ...fresh],
    held,
    openConflicts,
    ...(oldest === undefined ? {} : { oldest }),
    ...(fresh.length === 0
      ? {}
      : { message: { kind: 'done', text: `${fresh.length} more came into the queue.` } }),
  };
}

function grouped(candidates: readonly Candidate[]): readonly Candidate[] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = `${candidate.project}\0${candidate.source}`;
    groups.set(key, [...(groups.get(key) ?? []), candidate]);
  }
  return [...groups.values()].flat();
}
