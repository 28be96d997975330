/** From what a scan saw to what the pipeline is given: bytes where they are needed, parsed where they are new. */
import { AtoError, isAtoError } from './errors.ts';
import { roleOf } from './model/layout.ts';
import { byText } from './model/names.ts';
import type { Snapshot, StoreFile } from './model/snapshot.ts';
import type { StoreConfig } from './model/store-config.ts';
import type { ParseThreads } from './parse-threads.ts';
import type { Memo } from './pipeline/memo.ts';
import type { Plugin, Problem, Status, StorePath } from './plugin.ts';
import { eachLimited } from './store/durable-fs.ts';
import { readFile } from './store/read-file.ts';
import type { Scan } from './store/scan.ts';
import type { Store } from './store/store.ts';

const PARSE_BATCH = 256;
/** Files read at a time. */
const READ_WIDTH = 8;
/** Found by the scan, kept in git, never read. */
const UNREAD_RULES = new Set(['too-large', 'conflict-copy']);

export interface SnapshotAsk {
  readonly store: Store;
  readonly seen: Scan;
  readonly memo: Memo;
  readonly standing: ReadonlyMap<StorePath, Status>;
  readonly config: StoreConfig;
  readonly plugins: readonly Plugin[];
  readonly threads: ParseThreads;
}

/** The snapshot, and the files that are no longer what the scan saw. */
export async function takeSnapshot(
  ask: SnapshotAsk,
): Promise<{ snapshot: Snapshot; moved: readonly StorePath[] }> {
  const { seen, memo, standing, config, plugins } = ask;
  const files = new Map<StorePath, StoreFile>();
  const unread = unreadProblems(seen);
  const skipped = new Set(
    seen.problems.filter(({ rule }) => UNREAD_RULES.has(rule)).map(({ path }) => path),
  );
  const wanted: StorePath[] = [];
  for (const [path, { oid }] of seen.entries) {
    files.set(path, { path, oid });
    const isRead = roleOf(path).role !== 'other' && !skipped.has(path);
    if (isRead && !memo.knows(path, oid)) wanted.push(path);
  }
  const moved: StorePath[] = [];
  const parse = async (batch: readonly Read[]): Promise<void> => {
    for (const parsed of await ask.threads.parse(batch)) memo.rememberParsed(parsed);
  };
  let parsing = Promise.resolve();
  for (let at = 0; at < wanted.length; at += PARSE_BATCH) {
    const batch = wanted.slice(at, at + PARSE_BATCH);
    // One batch is read while the one before it is parsed.
    const [read] = await Promise.all([readBatch(ask, batch, { files, unread, moved }), parsing]);
    parsing = parse(read);
    // Awaited with the next batch; until then a failure must not count as unhandled.
    parsing.catch(() => undefined);
  }
  await parsing;
  moved.sort(byText);
  unread.sort((a, b) => byText(a.path, b.path));
  return {
    snapshot: { files, unread, config, plugins, standing, lastGood: new Map() },
    moved,
  };
}

function unreadProblems(seen: Scan): Problem[] {
  const problems: Problem[] = [...seen.problems];
  const named = new Set(problems.map(({ path }) => path));
  for (const path of [...seen.unread, ...seen.unreadPlaces]) {
    if (named.has(path)) continue;
    const message = 'Expected a readable file or folder, found it unreadable. Check its rights.';
    problems.push({ path, rule: 'unreadable', message });
  }
  return problems;
}

type Read = StoreFile & { readonly bytes: Uint8Array };

/** Those of a batch that are to be parsed, in its order; the others are put among the files. */
async function readBatch(
  { store, config }: SnapshotAsk,
  paths: readonly StorePath[],
  into: {
    readonly files: Map<StorePath, StoreFile>;
    readonly unread: Problem[];
    readonly moved: StorePath[];
  },
): Promise<readonly Read[]> {
  const toParse = new Map<StorePath, Read>();
  await eachLimited(paths, READ_WIDTH, async (path) => {
    const expected = into.files.get(path)?.oid;
    try {
      const { bytes, oid } = await readFile(store, path, { bytesMax: config.limits.fileBytes });
      if (oid !== expected) into.moved.push(path);
      const { role } = roleOf(path);
      if (role === 'source' || role === 'capture') toParse.set(path, { path, oid, bytes });
      else into.files.set(path, { path, oid, bytes });
    } catch (error) {
      if (isAtoError(error, 'not-found')) into.moved.push(path);
      else if (error instanceof AtoError) {
        into.unread.push({ path, rule: 'unreadable', message: error.message });
      } else throw error;
    }
  });
  return paths.flatMap((path) => toParse.get(path) ?? []);
}
