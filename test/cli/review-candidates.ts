/** Candidates and keys for the tests of `review`. */
import { onKey } from '../../src/cli/review-keys.ts';
import type { Key } from '../../src/cli/review-line.ts';
import { screenOf } from '../../src/cli/review-screen.ts';
import {
  type Ask,
  type Candidate,
  type ReviewState,
  type Step,
  startReview,
} from '../../src/cli/review-state.ts';

export function candidate(id: string, given: Partial<Candidate> = {}): Candidate {
  return {
    id,
    type: 'entity',
    kind: 'decision',
    project: 'p05',
    subject: `subject of ${id}`,
    text: `Statement of ${id}.`,
    confidence: 0.7,
    since: '2026-04-09',
    oid: 'a'.repeat(40),
    source: 'projects/p05/sources/notes/a.md',
    opposed: [],
    evidence: [],
    ...given,
  };
}

export function reviewOf(...candidates: readonly Candidate[]): ReviewState {
  return startReview({ candidates, held: 0, openConflicts: 0 });
}

const NAMED = ['left', 'right', 'up', 'down', 'return', 'escape', 'tab', 'backspace', 'home'];

/** A key by its name, by `ctrl-` and a letter, or by what it types. */
export function key(name: string): Key {
  if (name.startsWith('ctrl-')) return { name: name.slice(5), isCtrl: true };
  return NAMED.includes(name) ? { name } : { name, text: name };
}

/** The state after keys, and what they asked of the store. */
export function press(start: ReviewState, ...names: readonly string[]): Step & { asks: Ask[] } {
  const asks: Ask[] = [];
  let state = start;
  for (const name of names) {
    const step = onKey(state, key(name));
    state = step.state;
    if (step.ask !== undefined) asks.push(step.ask);
  }
  return { state, asks };
}

/** The screen as plain text. */
export function shown(state: ReviewState, columns = 100, rows = 40): string {
  const lines = screenOf(state, { columns, rows });
  return lines.map((line) => line.map(({ text }) => text).join('')).join('\n');
}
