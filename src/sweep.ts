/** The sweep: every file read, every record compared again, and whether that says what every write has said. */
import type { Engine } from './engine.ts';
import { byText } from './model/names.ts';
import type { Oid } from './plugin.ts';
import type { View } from './view/view.ts';

export interface Swept {
  readonly revision: Oid;
  /** Ids of the conflicts that are open now. */
  readonly open: readonly string[];
  /** Those that no write had shown before. */
  readonly appeared: readonly string[];
  /** Those that no longer hold. */
  readonly gone: readonly string[];
}

/** Trusts no stat and no earlier answer. AtoError `busy`. */
export async function sweep(engine: Engine): Promise<Swept> {
  const before = openIds(engine.view ?? (await engine.ready()));
  const { revision } = await engine.settle('content');
  const open = openIds(engine.view ?? (await engine.ready()));
  return {
    revision,
    open,
    appeared: open.filter((id) => !before.includes(id)),
    gone: before.filter((id) => !open.includes(id)),
  };
}

function openIds(view: View): string[] {
  return view.settlement.conflicts
    .filter(({ status }) => status === 'open')
    .map(({ id }) => id)
    .sort(byText);
}
