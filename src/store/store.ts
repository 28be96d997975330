/** A store that was opened: its folder, the file system it is written with, and what is remembered of git. */
import type { AtoError } from '../errors.ts';
import type { Oid } from '../plugin.ts';
import type { DurableFs } from './durable-fs.ts';
import type { GitIndex } from './git-index.ts';
import type { TreeEntry } from './objects.ts';

export interface Store {
  /** Absolute, with symbolic links resolved. */
  readonly dir: string;
  readonly gitdir: string;
  /** Short name of the branch that the store is written on. */
  readonly branch: string;
  readonly fs: DurableFs;
  /** Whether git tracks the executable bit here (`core.filemode`). */
  readonly tracksFileMode: boolean;
  /** Set when the repository is of a kind that is read but never written. */
  readonly unsupported?: AtoError;
  readonly memory: StoreMemory;
}

/** What may vanish at any time: immutable objects and the index as last read. */
export interface StoreMemory {
  /** isomorphic-git's shared cache. */
  readonly cache: object;
  readonly trees: Map<Oid, readonly TreeEntry[]>;
  index?: { readonly signature: string; readonly index: GitIndex };
}

export function emptyMemory(): StoreMemory {
  return { cache: {}, trees: new Map() };
}
