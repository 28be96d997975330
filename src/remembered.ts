/** What lives in `.atocore/` to make the next start quick; any of it may vanish at any time (design.md §2). */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ParsedFile } from './model/snapshot.ts';
import { Memo } from './pipeline/memo.ts';
import type { Oid, Status, StorePath } from './plugin.ts';
import type { IndexedUnits } from './publish.ts';
import type { LastTouched } from './store/last-touched.ts';
import { SearchIndex } from './view/search-index.ts';
import { HEADER_NAME } from './view/snapshot.ts';

/** Raised when the files below change their meaning. */
const VERSION = 1;
const LINES_AT_A_TIME = 200;

export interface Remembered {
  readonly memo: Memo;
  readonly standing: ReadonlyMap<StorePath, Status>;
  readonly dates?: LastTouched;
  readonly index?: SearchIndex;
  readonly units: IndexedUnits;
}

interface StateFile {
  readonly version: number;
  readonly key: string;
  readonly standing: readonly (readonly [StorePath, Status])[];
  readonly revision: Oid | null;
  readonly touches: readonly (readonly [StorePath, Oid, string])[];
  readonly indexRevision: string;
  readonly units: readonly (readonly [StorePath, string, readonly string[]])[];
}

/** What was put away under the same key, as far as it is whole; otherwise nothing, and work is done again. */
export async function recall(folder: string, key: string): Promise<Remembered> {
  const nothing: Remembered = { memo: new Memo(), standing: new Map(), units: new Map() };
  const state = await readJson<StateFile>(join(home(folder), 'state.json'));
  if (state?.version !== VERSION) return nothing;
  const standing = new Map(state.standing);
  const dates: LastTouched = {
    revision: state.revision ?? undefined,
    touches: new Map(state.touches.map(([path, commit, date]) => [path, { commit, date }])),
  };
  if (state.key !== key) return { ...nothing, standing, dates };
  const memo = new Memo();
  for (const parsed of await readLines(join(home(folder), 'memo.ndjson')))
    memo.rememberParsed(parsed);
  const restored = await readIndex(join(home(folder), 'index'));
  if (restored === undefined || restored.revision !== state.indexRevision) {
    return { ...nothing, memo, standing, dates };
  }
  const units = new Map(
    state.units.map(([path, fingerprint, ids]) => [path, { fingerprint, ids }]),
  );
  return { memo, standing, dates, index: restored, units };
}

/** Puts away what `recall` reads. The state file comes last: what it doesn't speak of isn't there. */
export async function remember(
  folder: string,
  key: string,
  what: {
    readonly memo: Memo;
    readonly standing: ReadonlyMap<StorePath, Status>;
    readonly dates: LastTouched;
    readonly index: SearchIndex;
    readonly units: IndexedUnits;
  },
): Promise<void> {
  const into = home(folder);
  await mkdir(into, { recursive: true });
  await rm(join(into, 'state.json'), { force: true });
  await writeIndex(join(into, 'index'), what.index);
  await writeWhole(join(into, 'memo.ndjson'), memoLines(what.memo));
  const state: StateFile = {
    version: VERSION,
    key,
    standing: [...what.standing],
    revision: what.dates.revision ?? null,
    touches: [...what.dates.touches].map(([path, { commit, date }]) => [path, commit, date]),
    indexRevision: what.index.revision,
    units: [...what.units].map(([path, { fingerprint, ids }]) => [path, fingerprint, ids]),
  };
  await writeWhole(join(into, 'state.json'), [JSON.stringify(state)]);
}

function home(folder: string): string {
  return join(folder, '.atocore', 'memo');
}

/** Some hundred lines at a time: few writes, and readers get a turn in between. */
function* memoLines(memo: Memo): Generator<string> {
  const entries = memo.entries();
  for (let at = 0; at < entries.length; at += LINES_AT_A_TIME) {
    const lines = entries.slice(at, at + LINES_AT_A_TIME).map((parsed) => JSON.stringify(parsed));
    yield `${lines.join('\n')}\n`;
  }
}

async function writeWhole(file: string, pieces: Iterable<string | Uint8Array>): Promise<void> {
  const handle = await open(`${file}.new`, 'w');
  try {
    for (const piece of pieces) {
      if (typeof piece === 'string') await handle.appendFile(piece);
      else await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

async function writeIndex(folder: string, index: SearchIndex): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { name, bytes } of index.toShards()) await writeWhole(join(folder, name), [bytes]);
}

async function readIndex(folder: string): Promise<SearchIndex | undefined> {
  const shards = new Map<string, Uint8Array>();
  const names = await existing(readdir(folder));
  if (names === undefined || !names.includes(HEADER_NAME)) return undefined;
  for (const name of names) shards.set(name, await readFile(join(folder, name)));
  const restored = SearchIndex.fromShards(shards);
  return 'index' in restored ? restored.index : undefined;
}

async function readLines(file: string): Promise<readonly ParsedFile[]> {
  const text = await existing(readFile(file, 'utf8'));
  if (text === undefined) return [];
  const parsed: ParsedFile[] = [];
  for (const line of text.split('\n')) {
    const value = parseJson<ParsedFile>(line);
    if (value !== undefined) parsed.push(value);
  }
  return parsed;
}

async function readJson<Value>(file: string): Promise<Value | undefined> {
  const text = await existing(readFile(file, 'utf8'));
  return text === undefined ? undefined : parseJson<Value>(text);
}

// A file cut short is a file that isn't there: everything here can be made again.
function parseJson<Value>(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function existing<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
