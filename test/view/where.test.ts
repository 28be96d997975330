import assert from 'node:assert/strict';
import test from 'node:test';
import { insert } from '@orama/orama';
import { isAtoError } from '../../src/errors.ts';
import { DocumentBytes } from '../../src/view/documents-store.ts';
import { openEngine } from '../../src/view/engine.ts';
import { emptyState, publishState } from '../../src/view/index-state.ts';
import { maskOf, SlotSet, type Where } from '../../src/view/where.ts';
import { searchDocument } from '../support/search-documents.ts';

const engine = openEngine(emptyState(), new DocumentBytes(), ['']);
for (const [project, kind, tags] of [
  ['p1', 'fact', ['x']],
  ['p1', 'decision', ['x', 'y']],
  ['p2', 'fact', []],
] as const) {
  insert(engine.database, searchDocument({ id: 'd', project, kind, tags }) as never);
}
publishState(engine.state);

const CASES: readonly (readonly [Where, readonly number[]])[] = [
  [{}, [1, 2, 3]],
  [{ project: { eq: 'p1' } }, [1, 2]],
  [{ project: { in: ['p2', 'unknown'] } }, [3]],
  [{ project: { nin: ['p2'] } }, [1, 2]],
  [{ project: { eq: 'p1' }, kind: { eq: 'fact' } }, [1]],
  [{ tags: { containsAll: ['x', 'y'] } }, [2]],
  [{ tags: { containsAny: ['x', 'y'] } }, [1, 2]],
  [{ and: [{ project: { eq: 'p1' } }, { kind: { eq: 'decision' } }] }, [2]],
  [{ or: [{ project: { eq: 'p2' } }, { kind: { eq: 'decision' } }] }, [2, 3]],
  [{ not: { kind: { eq: 'fact' } } }, [2]],
];

for (const [where, slots] of CASES) {
  test(`the clause ${JSON.stringify(where)} lets ${slots.join(', ')} through`, () => {
    assert.deepEqual([...new SlotSet(maskOf(engine.state, where))], slots);
  });
}

test('an unknown property or operation is refused with what is known', () => {
  for (const where of [{ colour: { eq: 'red' } }, { project: { between: ['a', 'b'] } }]) {
    assert.throws(
      () => maskOf(engine.state, where),
      (error) => isAtoError(error, 'invalid') && error.message.includes('containsAny'),
    );
  }
});
