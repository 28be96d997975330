/** What each key does to a review. */
import { type Key, type TypedLine, textOf, typed, typedLine } from './review-line.ts';
import {
  type Candidate,
  type Edit,
  groupsOf,
  isDecided,
  LOOK,
  type Mode,
  onward,
  type ReviewAct,
  type ReviewState,
  type Step,
  shownIn,
} from './review-state.ts';

/** A key and what it does, as the foot of the screen and its help say it. */
export const KEYS = [
  { key: 'p', does: 'promote', help: 'make it active, with the note if there is one' },
  { key: 'r', does: 'reject', help: 'call it invalid, wherever it turns up again' },
  { key: 'e', does: 'edit', help: 'change statement or value; Enter saves and promotes' },
  { key: 'n', does: 'note', help: 'say why, kept in the commit of the next decision' },
  { key: 's →', does: 'skip', help: 'leave it undecided and go on' },
  { key: '←', does: 'back', help: 'look at the one before' },
  { key: 'u', does: 'undo', help: 'take the last decision back, as a commit of its own' },
  { key: 'g', does: 'groups', help: 'jump to another source' },
  { key: '↑ ↓', does: 'scroll', help: 'where it is longer than the screen; also PgUp, PgDn' },
  { key: '?', does: 'help', help: 'this page' },
  { key: 'q', does: 'quit', help: 'leave; every decision is already kept' },
] as const;

const PAGE_LINES = 10;

/** The state after a key, and what it asks of the store. */
export function onKey(state: ReviewState, key: Key): Step {
  if (key.isCtrl === true && (key.name === 'c' || key.name === 'd')) {
    return { state, ask: { kind: 'quit' } };
  }
  // Whoever types ahead would decide on what they haven't seen.
  if (state.pending !== undefined) return { state };
  const { mode } = state;
  switch (mode.kind) {
    case 'look':
      return lookKey(state, key);
    case 'help':
      return { state: { ...state, mode: LOOK } };
    case 'groups':
      return { state: groupsKey(state, mode.at, key) };
    case 'note':
      return { state: noteKey(state, mode.line, key) };
    case 'edit':
      return editKey(state, mode, key);
  }
}

/** Text that came all at once: typed where text is typed, and never a row of decisions. */
export function onPaste(state: ReviewState, pasted: string): ReviewState {
  const { mode } = state;
  const key = { name: '', text: pasted.replace(/\s+/gu, ' ') };
  if (state.pending !== undefined) return state;
  if (mode.kind === 'note') return { ...state, mode: { ...mode, line: typed(mode.line, key) } };
  if (mode.kind !== 'edit') return said(state, 'What was pasted is no decision; press one key.');
  return { ...state, mode: { ...mode, [mode.field]: typed(mode[mode.field], key) } };
}

function lookKey(state: ReviewState, key: Key): Step {
  const { message: _read, ...quiet } = state;
  switch (key.isCtrl === true ? '' : (key.text ?? key.name)) {
    case 'p':
      return decide(quiet, 'promote');
    case 'r':
      return decide(quiet, 'reject');
    case 'e':
      return { state: startEdit(quiet) };
    case 'n':
      return { state: { ...quiet, mode: { kind: 'note', line: typedLine(state.note) } } };
    case 's':
    case 'right':
      return skip(quiet, key.name === 'right');
    case 'left':
      return { state: { ...quiet, at: Math.max(0, state.at - 1), scroll: 0 } };
    case 'u':
      return undo(quiet);
    case 'g':
      return { state: openGroups(quiet) };
    case '?':
      return { state: { ...quiet, mode: { kind: 'help' } } };
    case 'q':
      return { state: quiet, ask: { kind: 'quit' } };
    default:
      return { state: { ...quiet, scroll: scrolled(state.scroll, key) } };
  }
}

function scrolled(scroll: number, { name, text }: Key): number {
  if (name === 'up') return Math.max(0, scroll - 1);
  if (name === 'down') return scroll + 1;
  if (name === 'pageup') return Math.max(0, scroll - PAGE_LINES);
  if (name === 'pagedown' || text === ' ') return scroll + PAGE_LINES;
  return scroll;
}

function decide(state: ReviewState, act: ReviewAct, edit?: Edit): Step {
  const candidate = shownIn(state);
  if (candidate === undefined) return { state };
  const fault = whyNot(state, candidate);
  if (fault !== undefined) return { state: said(state, fault) };
  const { note } = state;
  return {
    state: { ...state, pending: act === 'promote' ? 'Promoting…' : 'Rejecting…' },
    ask: {
      kind: 'decide',
      candidate,
      act,
      ...(note === '' ? {} : { note }),
      ...(edit === undefined ? {} : { edit }),
    },
  };
}

function whyNot({ outcomes }: ReviewState, { id }: Candidate): string | undefined {
  const outcome = outcomes.get(id);
  if (outcome === undefined || !isDecided(outcome)) return undefined;
  if (outcome.kind === 'elsewhere') return `It is ${outcome.status}; nothing awaits a decision.`;
  return `You ${outcome.kind} it already. u takes the last decision back; → goes on.`;
}

function skip(state: ReviewState, isArrow: boolean): Step {
  const candidate = shownIn(state);
  if (candidate === undefined) return { state: isArrow ? state : againThroughSkipped(state) };
  const outcome = state.outcomes.get(candidate.id);
  // Walking over what has its outcome is looking, not skipping.
  if (outcome !== undefined && state.at < state.candidates.length - 1) {
    return { state: { ...state, at: state.at + 1, scroll: 0 } };
  }
  const outcomes = new Map(state.outcomes);
  if (outcome === undefined) outcomes.set(candidate.id, { kind: 'skipped' });
  return onward({ ...state, outcomes });
}

function againThroughSkipped(state: ReviewState): ReviewState {
  const outcomes = new Map([...state.outcomes].filter(([, { kind }]) => kind !== 'skipped'));
  const at = state.candidates.findIndex(({ id }) => !outcomes.has(id));
  return at === -1 ? state : { ...state, outcomes, at, scroll: 0 };
}

function undo(state: ReviewState): Step {
  const last = state.taken.at(-1);
  if (last === undefined) return { state: said(state, 'Nothing was decided yet.') };
  return { state: { ...state, pending: 'Taking back…' }, ask: { kind: 'undo', taken: last } };
}

function openGroups(state: ReviewState): ReviewState {
  const at = groupsOf(state).findLastIndex(({ from }) => from <= state.at);
  return { ...state, mode: { kind: 'groups', at: Math.max(0, at) } };
}

function groupsKey(state: ReviewState, at: number, { name, text }: Key): ReviewState {
  const groups = groupsOf(state);
  const to = (place: number): ReviewState => ({
    ...state,
    mode: { kind: 'groups', at: Math.min(Math.max(0, place), groups.length - 1) },
  });
  if (name === 'up' || text === 'k') return to(at - 1);
  if (name === 'down' || text === 'j') return to(at + 1);
  if (name === 'pageup') return to(at - PAGE_LINES);
  if (name === 'pagedown') return to(at + PAGE_LINES);
  if (name === 'home') return to(0);
  if (name === 'end') return to(groups.length - 1);
  const group = groups[at];
  if (name === 'return' && group !== undefined) {
    const inside = state.candidates.slice(group.from, group.from + group.count);
    const open = inside.findIndex(({ id }) => !isDecided(state.outcomes.get(id)));
    return { ...state, at: group.from + Math.max(0, open), scroll: 0, mode: LOOK };
  }
  const isLeaving = name === 'escape' || text === 'g' || text === 'q';
  return isLeaving ? { ...state, mode: LOOK } : state;
}

function noteKey(state: ReviewState, line: TypedLine, key: Key): ReviewState {
  if (key.name === 'escape') return { ...state, mode: LOOK };
  if (key.name === 'return') return { ...state, mode: LOOK, note: textOf(line).trim() };
  return { ...state, mode: { kind: 'note', line: typed(line, key) } };
}

function startEdit(state: ReviewState): ReviewState {
  const candidate = shownIn(state);
  if (candidate === undefined) return state;
  const fault = whyNot(state, candidate);
  if (fault !== undefined) return said(state, fault);
  const text = typedLine(candidate.text);
  const value = typedLine(candidate.value ?? '');
  return { ...state, mode: { kind: 'edit', text, value, field: 'text' } };
}

function editKey(state: ReviewState, mode: Mode & { kind: 'edit' }, key: Key): Step {
  const { message: _read, ...quiet } = state;
  if (key.name === 'escape') return { state: { ...quiet, mode: LOOK } };
  if (key.name === 'return') return decide(quiet, 'promote', editOf(state, mode));
  if (key.name === 'tab' || key.name === 'up' || key.name === 'down') {
    const field = mode.field === 'text' ? 'value' : 'text';
    return { state: { ...quiet, mode: { ...mode, field } } };
  }
  const line = typed(mode[mode.field], key);
  return { state: { ...quiet, mode: { ...mode, [mode.field]: line } } };
}

/** Only what differs from what is there; none when nothing does. */
function editOf(state: ReviewState, mode: Mode & { kind: 'edit' }): Edit | undefined {
  const candidate = shownIn(state);
  const text = textOf(mode.text).trim();
  const value = textOf(mode.value).trim();
  const edit = {
    ...(text === candidate?.text ? {} : { text }),
    ...(value === (candidate?.value ?? '') ? {} : { value: value === '' ? null : value }),
  };
  return Object.keys(edit).length === 0 ? undefined : edit;
}

function said(state: ReviewState, text: string): ReviewState {
  return { ...state, message: { kind: 'warning', text } };
}
