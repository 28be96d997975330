/** A store in memory, for the pure part of the engine: texts by path, and what settling makes of them. */
import { blobOid } from '../../src/model/names.ts';
import type { Change, Settlement, Snapshot, StoreFile } from '../../src/model/snapshot.ts';
import { newConfig, readConfig, type StoreConfig } from '../../src/model/store-config.ts';
import type { Memo } from '../../src/pipeline/memo.ts';
import { settle } from '../../src/pipeline/settle.ts';
import type { Plugin, Problem, Status, StorePath } from '../../src/plugin.ts';
import { LINE_PLUGINS } from './line-plugins.ts';

export type Content = string | Uint8Array;
/** Path to content; ordered as it was filled. */
export type Files = ReadonlyMap<StorePath, Content>;

export interface Situation {
  readonly plugins?: readonly Plugin[];
  readonly limits?: Partial<StoreConfig['limits']>;
  /** Files and folders that are there but can't be read. */
  readonly unread?: readonly string[];
  readonly standing?: ReadonlyMap<StorePath, Status>;
  readonly lastGood?: ReadonlyMap<StorePath, string>;
}

const CONFIG = readConfig(newConfig('00000000-0000-4000-8000-000000000000'));

/** Files as an object literal gives them. */
export function filesOf(texts: Readonly<Record<string, Content>>): Files {
  return new Map(Object.entries(texts).map(([path, text]) => [path as StorePath, text]));
}

export function snapshotOf(files: Files, situation: Situation = {}): Snapshot {
  const unread = new Set(situation.unread ?? []);
  const stored = [...files].map(([path, content]): [StorePath, StoreFile] => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const oid = blobOid(bytes);
    return [path, unread.has(path) ? { path, oid } : { path, oid, bytes }];
  });
  return {
    files: new Map(stored),
    unread: [...unread].sort().map(unreadable),
    config: { ...CONFIG, limits: { ...CONFIG.limits, ...situation.limits } },
    plugins: situation.plugins ?? LINE_PLUGINS,
    standing: situation.standing ?? new Map(),
    lastGood: situation.lastGood ?? new Map(),
  };
}

function unreadable(path: string): Problem {
  const message = 'Expected a readable file or folder, found it unreadable. Check its rights.';
  return { path: path as StorePath, rule: 'unreadable', message };
}

export function applied(files: Files, changes: readonly Change[]): Files {
  const next = new Map(files);
  for (const { path, text } of changes) {
    if (text === null) next.delete(path);
    // As a disk would give it back.
    else next.set(path, new TextDecoder().decode(new TextEncoder().encode(text)));
  }
  return next;
}

export interface Settled {
  readonly settlement: Settlement;
  readonly files: Files;
}

/** Settles, and gives the store as it stands afterwards. */
export function settleFiles(files: Files, situation: Situation = {}, memo?: Memo): Settled {
  const settlement = settle(snapshotOf(files, situation), memo);
  return { settlement, files: applied(files, settlement.changes) };
}

/** All that a settlement tells, as plain values that can be compared. */
export function told(settlement: Settlement): unknown {
  return {
    changes: settlement.changes,
    documents: [...settlement.documents],
    records: [...settlement.records],
    conflicts: settlement.conflicts,
    warnings: [...settlement.warnings].sort(([a], [b]) => (a < b ? -1 : 1)),
    held: [...settlement.held].sort(([a], [b]) => (a < b ? -1 : 1)),
    outcomes: settlement.outcomes,
    projects: [...settlement.registry.projects].sort(([a], [b]) => (a < b ? -1 : 1)),
    problems: settlement.problems,
  };
}
