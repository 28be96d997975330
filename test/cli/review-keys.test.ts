/** What keys and answers make of a review, without a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onPaste } from '../../src/cli/review-keys.ts';
import { onAnswer, type ReviewAct, type ReviewState } from '../../src/cli/review-state.ts';
import { candidate, press, reviewOf, shown } from './review-candidates.ts';

const OTHER = { source: 'projects/p05/sources/notes/b.md' };

function decided(state: ReviewState, id: string, act: ReviewAct): ReviewState {
  const commit = `${id}-commit`;
  const answer = { kind: 'decided', id, act, commit, isEdited: false, conflicts: [] } as const;
  return onAnswer(state, answer).state;
}

test('p and r ask for one decision on the version shown, with the note, and go on', () => {
  const start = reviewOf(candidate('a'), candidate('b'), candidate('c'));
  const noted = press(start, 'n', 'w', 'h', 'y', 'return');
  assert.match(shown(noted.state), /With the next decision: why/);
  const { state, asks } = press(noted.state, 'p');
  const [ask] = asks;
  assert.ok(ask?.kind === 'decide');
  assert.deepEqual([ask.act, ask.candidate.id, ask.note], ['promote', 'a', 'why']);
  const next = decided(state, 'a', 'promote');
  assert.match(shown(next), /2 of 3 .* 1 promoted/);
  assert.match(shown(next), /Statement of b\./);
  const [second] = press(next, 'r').asks;
  assert.ok(second?.kind === 'decide');
  assert.deepEqual([second.act, second.candidate.id, second.note], ['reject', 'b', undefined]);
});

test('what is typed ahead of an answer decides nothing', () => {
  const { state, asks } = press(reviewOf(candidate('a'), candidate('b')), 'p', 'p', 'r', 'u', 'q');
  assert.equal(asks.length, 1);
  assert.equal(press(state, 'ctrl-c').asks[0]?.kind, 'quit');
});

test('pasted text decides nothing, and is typed where text is typed', () => {
  const start = reviewOf(candidate('a'));
  const pasted = onPaste(start, 'prp');
  assert.equal(pasted.outcomes.size, 0);
  assert.match(shown(pasted), /no decision/);
  const note = onPaste(press(start, 'n').state, 'two\nlines');
  assert.equal(press(note, 'return').state.note, 'two lines');
});

test('an edit sends what was changed and nothing else; Esc leaves it as it was', () => {
  const start = reviewOf(candidate('a', { text: 'Old', value: 'PTFE' }));
  const typed = press(start, 'e', 'backspace', 'backspace', 'backspace', 'N', 'tab', 'X');
  assert.match(shown(typed.state), /Value of subject of a \(5\)/);
  const [ask] = press(typed.state, 'return').asks;
  assert.ok(ask?.kind === 'decide');
  assert.deepEqual([ask.act, ask.edit], ['promote', { text: 'N', value: 'PTFEX' }]);
  const left = press(typed.state, 'escape');
  assert.match(shown(left.state), /Old/);
  assert.deepEqual(left.asks, []);
  const [plain] = press(start, 'e', 'return').asks;
  assert.ok(plain?.kind === 'decide');
  assert.equal(plain.edit, undefined);
  const [emptied] = press(start, 'e', 'tab', 'ctrl-u', 'return').asks;
  assert.ok(emptied?.kind === 'decide');
  assert.deepEqual(emptied.edit, { value: null });
});

test('a refused edit stays as it was typed, with the reason', () => {
  const typed = press(reviewOf(candidate('a')), 'e', '!', 'return').state;
  const { state } = onAnswer(typed, { kind: 'refused', detail: 'Expected less.' });
  assert.match(shown(state), /Statement of a\.!/);
  assert.match(shown(state), /Expected less\./);
});

test('skipping goes on, back comes back, and the skipped can be gone through again', () => {
  const start = reviewOf(candidate('a'), candidate('b'));
  const end = press(start, 's', 'right');
  assert.deepEqual(end.asks, [{ kind: 'queue' }]);
  const { candidates } = start;
  const seen = onAnswer(end.state, {
    kind: 'queue',
    queue: { candidates, held: 0, openConflicts: 0 },
  }).state;
  assert.match(shown(seen), /0 promoted, 0 rejected, 2 skipped/);
  assert.match(shown(press(seen, 'left').state), /You skipped it/);
  const again = press(seen, 's').state;
  assert.match(shown(again), /1 of 2/);
  assert.doesNotMatch(shown(again), /skipped/);
});

test('what the end of the queue brings is shown behind what was seen', () => {
  const start = reviewOf(candidate('a'));
  const end = decided(press(start, 'p').state, 'a', 'promote');
  const queue = {
    candidates: [candidate('b')],
    held: 3,
    openConflicts: 2,
    oldest: '2026-01-01T00:00:00Z',
  };
  const text = shown(onAnswer(end, { kind: 'queue', queue }).state);
  assert.match(text, /2 of 2 .* 3 held back .* 2 open conflicts .* oldest 2026-01-01/);
  assert.match(text, /1 more came into the queue/);
});

test('undo takes the last decision back and shows what it was on', () => {
  const start = reviewOf(candidate('a'), candidate('b'));
  assert.match(shown(press(start, 'u').state), /Nothing was decided yet/);
  const next = decided(press(start, 'r').state, 'a', 'reject');
  const { state, asks } = press(next, 'u');
  assert.deepEqual(asks, [{ kind: 'undo', taken: { id: 'a', commit: 'a-commit' } }]);
  const back = onAnswer(state, { kind: 'undone', id: 'a', present: candidate('a') }).state;
  assert.match(shown(back), /1 of 2[^·]*\n/);
  assert.match(shown(back), /Taken back: subject of a/);
});

test('a record that changed since it was shown is shown as it is now, undecided', () => {
  const present = candidate('a', { text: 'Another statement.', oid: 'b'.repeat(40) });
  const asked = press(reviewOf(candidate('a'), candidate('b')), 'p').state;
  const { state } = onAnswer(asked, { kind: 'changed', id: 'a', present });
  assert.match(shown(state), /1 of 2/);
  assert.match(shown(state), /Another statement\./);
  assert.match(shown(state), /changed since it was shown/);
  const [ask] = press(state, 'p').asks;
  assert.ok(ask?.kind === 'decide');
  assert.equal(ask.candidate.oid, present.oid);
});

test('what somebody else decided says so and takes no second decision', () => {
  const asked = press(reviewOf(candidate('a'), candidate('b')), 'p').state;
  const answer = { kind: 'changed', id: 'a', present: { status: 'active' } } as const;
  const { state } = onAnswer(asked, answer);
  assert.match(shown(state), /It is active now\./);
  assert.deepEqual(press(state, 'r').asks, []);
  assert.match(shown(press(state, 'right').state), /Statement of b\./);
});

test('candidates are grouped by source, and g jumps to a group', () => {
  const start = reviewOf(candidate('a'), candidate('b', OTHER), candidate('c'));
  assert.deepEqual(
    start.candidates.map(({ id }) => id),
    ['a', 'c', 'b'],
  );
  assert.match(shown(start), /1 of 2 from p05 › notes\/a\.md/);
  const groups = press(decided(press(start, 'p').state, 'a', 'promote'), 'g').state;
  assert.match(shown(groups), /1 of 2 {2}p05 › notes\/a\.md\n.*1 of 1 {2}p05 › notes\/b\.md/);
  assert.match(shown(press(groups, 'down', 'return').state), /Statement of b\./);
  assert.match(shown(press(groups, 'return').state), /Statement of c\./);
});

test('after a jump, what was left out comes before the end', () => {
  const start = reviewOf(candidate('a'), candidate('b', OTHER));
  const jumped = press(start, 'g', 'down', 'return', 'p').state;
  assert.match(shown(decided(jumped, 'b', 'promote')), /Statement of a\./);
});
