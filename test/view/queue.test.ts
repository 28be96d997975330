/** The review queue: its one order and count, and what each item shows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ProjectId } from '../../src/plugin.ts';
import { type DifferencePart, difference } from '../../src/view/difference.ts';
import { queueOf, reviewOf } from '../../src/view/queue.ts';
import { recordText, settledView } from '../support/settled-view.ts';

const RECORDS = 'projects/p1/records';
const NOTE = 'projects/p1/sources/notes/mirror.md';

function active(id: string, kind: string, subject: string, text: string, value?: string) {
  const type = kind === 'knowledge' ? 'memory' : 'entity';
  const fields = { id, type, kind, project: 'p1', subject };
  const path = `${RECORDS}/${kind}/${id}--${id}.md`;
  return { [path]: recordText(value === undefined ? fields : { ...fields, value }, text) };
}

function decisions(...pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([subject, text]) => `## Decision: ${subject}\n\n${text}\n`).join('\n');
}

test('conflict warnings come first, then confidence, then freshness, then id', () => {
  const view = settledView(
    {
      'projects/p1/sources/notes/a.md': decisions(
        ['zinc', 'The zinc layer is 4 µm thick.'],
        ['newer', 'The newer frame stands on the floor.'],
        ['older', 'The older frame stands on the wall.'],
      ),
      'projects/p1/sources/notes/b.md': '## Fact: pump\n\nThe vacuum pump is oil free.\n',
      'projects/p1/sources/archive/c.md': decisions([
        'mirror coating',
        'The mirror coating is gold.',
      ]),
      ...active('dec-aaaaaaaaaaaa', 'decision', 'mirror coating', 'It is silver.', 'silver'),
    },
    { newer: '2026-11-03T00:00:00Z', zinc: '2026-11-02T00:00:00Z', older: '2026-10-01T00:00:00Z' },
  );
  const subjects = queueOf(view).entries.map(({ served }) => served.record.subject);
  assert.deepEqual(subjects, ['mirror coating', 'newer', 'zinc', 'older', 'pump']);
  assert.equal(queueOf(view).oldest, '2026-10-01T00:00:00Z');
  const [first] = reviewOf(view).items;
  assert.deepEqual(
    first?.opposed.map(({ id, value }) => [id, value]),
    [['dec-aaaaaaaaaaaa', 'silver']],
  );
});

test('one count: what is shown, grouped and held adds up, whatever page is asked for', () => {
  const view = settledView(
    {
      [NOTE]: decisions(['a', 'Alpha is made of steel.'], ['b', 'Beta is made of brass.']),
      'projects/p1/sources/notes/b.md': decisions(
        ['A', 'Alpha weighs four kilograms.'],
        ['c', 'Gamma is late.'],
      ),
      'projects/p2/sources/notes/b.md': decisions(['a', 'Alpha is in the other project.']),
    },
    {},
    3,
  );
  const whole = reviewOf(view);
  assert.equal(whole.count, 4);
  assert.equal(whole.held, 1);
  assert.equal(whole.count, queueOf(view).entries.length);
  const pages = [0, 2, 4].flatMap((offset) => reviewOf(view, { offset, limit: 2 }).items);
  assert.deepEqual(
    pages.map(({ served }) => served.record.id),
    whole.items.map(({ served }) => served.record.id),
  );
  const one = reviewOf(view, { project: 'p2' as ProjectId });
  assert.deepEqual([one.count, one.held], [1, 0]);
  const ids = whole.bySubject.flatMap((group) => group.ids);
  assert.equal(ids.length, whole.count);
  const p1 = reviewOf(view, { project: 'p1' as ProjectId });
  assert.ok(p1.bySource.every(({ name }) => name.startsWith('projects/p1/sources/')));
});

test('evidence is quoted from each source with its heading and lines', () => {
  const said = '# Mirror\n\nText.\n\n## Decision: coating\n\n\nThe coating is silver.\n\nMore.\n';
  const view = settledView({ [NOTE]: said, 'projects/p1/sources/notes/again.md': said });
  const [item] = reviewOf(view).items;
  assert.deepEqual(item?.evidence, [
    {
      origin: 'projects/p1/sources/notes/again.md#decision-coating',
      path: 'projects/p1/sources/notes/again.md',
      title: 'Mirror',
      headingPath: ['Mirror', 'Decision: coating'],
      quote: '## Decision: coating\n\nThe coating is silver.',
      startLine: 5,
      endLine: 8,
      isCurrent: true,
    },
    {
      origin: `${NOTE}#decision-coating`,
      path: NOTE,
      title: 'Mirror',
      headingPath: ['Mirror', 'Decision: coating'],
      quote: '## Decision: coating\n\nThe coating is silver.',
      startLine: 5,
      endLine: 8,
      isCurrent: true,
    },
  ]);
});

test('the nearest active record is of the same project and kind, with the words that differ', () => {
  const view = settledView({
    [NOTE]: decisions(['lateral supports', 'The lateral supports are made of bronze.']),
    ...active(
      'dec-aaaaaaaaaaaa',
      'decision',
      'lateral supports',
      'The lateral supports are made of GF-PTFE.',
    ),
    ...active('dec-bbbbbbbbbbbb', 'decision', 'base', 'The base plate is made of granite.'),
    ...active(
      'knw-cccccccccccc',
      'knowledge',
      'lateral supports',
      'The lateral supports are made of bronze.',
    ),
  });
  const [item] = reviewOf(view).items;
  assert.equal(item?.nearest?.served.record.id, 'dec-aaaaaaaaaaaa');
  assert.deepEqual(item?.nearest?.difference, [
    { kind: 'same', text: 'The lateral supports are made of' },
    { kind: 'removed', text: 'GF-PTFE.' },
    { kind: 'added', text: 'bronze.' },
  ]);
  const lone = settledView({
    [NOTE]: decisions(['pump', 'The pump is oil free.']),
    ...active('dec-bbbbbbbbbbbb', 'decision', 'base', 'The base plate is made of granite.'),
  });
  assert.equal(reviewOf(lone).items[0]?.nearest, undefined, 'nothing is better than a stranger');
});

test('a difference gives both texts back', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c', 'the', 'x'), { maxLength: 30 });
  const textOf = (parts: readonly DifferencePart[], left: string): string =>
    parts
      .filter(({ kind }) => kind !== left)
      .map(({ text }) => text)
      .join(' ');
  fc.assert(
    fc.property(words, words, (a, b) => {
      const parts = difference(a.join(' '), b.join(' '));
      assert.equal(textOf(parts, 'added'), a.join(' '));
      assert.equal(textOf(parts, 'removed'), b.join(' '));
    }),
  );
});
