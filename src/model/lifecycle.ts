/** The table of domain.md §4: which act takes a record from which status to which. */
import type { RecordType, Status } from '../plugin.ts';

export type Act = 'promote' | 'reject' | 'supersede' | 'invalidate' | 'graduate' | 'reinstate';

interface Transition {
  readonly from: Status;
  readonly to: Status;
  readonly act: Act;
}

export const TRANSITIONS: readonly Transition[] = [
  { from: 'candidate', to: 'active', act: 'promote' },
  { from: 'candidate', to: 'invalid', act: 'reject' },
  { from: 'active', to: 'superseded', act: 'supersede' },
  { from: 'active', to: 'invalid', act: 'invalidate' },
  { from: 'active', to: 'graduated', act: 'graduate' },
  { from: 'superseded', to: 'active', act: 'reinstate' },
  { from: 'invalid', to: 'active', act: 'reinstate' },
  { from: 'graduated', to: 'active', act: 'reinstate' },
];

/** The act that leads from one status to another; none when the table has no such row. */
export function actBetween(from: Status, to: Status, type: RecordType): Act | undefined {
  const row = TRANSITIONS.find((transition) => transition.from === from && transition.to === to);
  return row?.act === 'graduate' && type !== 'memory' ? undefined : row?.act;
}

/** Where an act leads from a status; none when the act is refused there. */
export function statusAfter(act: Act, from: Status): Status | undefined {
  return TRANSITIONS.find((transition) => transition.act === act && transition.from === from)?.to;
}

/** Why an act is refused, in words for the person who asked for it. */
export function refusal(act: Act, from: Status): string {
  const lawful = TRANSITIONS.filter((transition) => transition.act === act).map((row) => row.from);
  return `Expected a record that is ${lawful.join(' or ')} to ${act}, found one that is ${from}. ${lawfulActs(from)}`;
}

/** Where one can go from a status, in a sentence. */
export function lawfulActs(from: Status): string {
  const open = TRANSITIONS.filter((transition) => transition.from === from);
  const acts = open.map(({ act, to }) => `${act} (${to})`);
  return `From ${from} the acts are: ${acts.join(', ')}.`;
}
