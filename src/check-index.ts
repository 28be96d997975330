/** The doctor's look at what is searched: the index that is served or kept, beside one made anew. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type Examined, type Finding, Skipped } from './check.ts';
import type { Oid } from './plugin.ts';
import { errorCode } from './store/durable-fs.ts';
import { encoded } from './view/documents-store.ts';
import { SearchIndex } from './view/search-index.ts';
import type { View } from './view/view.ts';

/** An index in short, so that it can be compared from another thread. */
export interface IndexMark {
  readonly revision: Oid;
  /** Digest by id of each document. */
  readonly documents: ReadonlyMap<string, string>;
  /** What some words find, best first. */
  readonly answers: readonly { readonly text: string; readonly ids: readonly string[] }[];
}

const SLICE = 500;
const QUESTIONS = 20;
const HITS = 10;
const NAMED_MAX = 5;
const REMEDY = 'It is made anew when .atocore/memo is deleted while no daemon runs.';

/** Where no daemon serves the store: what the last one put away, if it is of this revision. */
export async function checkIndex({ ground }: Examined): Promise<readonly Finding[]> {
  if (ground.isServed) throw new Skipped('The daemon compares its own index.');
  const kept = await keptIndex(join(ground.store.dir, '.atocore', 'memo', 'index'));
  if (kept === undefined) throw new Skipped('No index is kept; the next start makes one.');
  if (typeof kept === 'string') {
    const message = `Expected a whole index, found: ${kept} It is not used. ${REMEDY}`;
    return [{ severity: 'error', path: '.atocore/memo/index', message }];
  }
  const view = await ground.published();
  if (kept.revision !== view.revision) {
    throw new Skipped(
      `The index kept is of commit ${kept.revision.slice(0, 12)}; the next start brings it up to date.`,
    );
  }
  return compareIndex(await indexMark(view), kept);
}

async function keptIndex(folder: string): Promise<SearchIndex | string | undefined> {
  const shards = new Map<string, Uint8Array>();
  try {
    for (const name of await readdir(folder)) shards.set(name, await readFile(join(folder, name)));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
  if (shards.size === 0) return undefined;
  const restored = SearchIndex.fromShards(shards);
  return 'index' in restored ? restored.index : `${restored.reason}.`;
}

/** An index in short. */
export async function indexMark({ index, revision }: View): Promise<IndexMark> {
  const documents = new Map<string, string>();
  const titles: string[] = [];
  const ids = index.ids();
  const step = Math.max(1, Math.floor(ids.length / QUESTIONS));
  for (const [at, id] of ids.entries()) {
    if (at % SLICE === SLICE - 1) await turn();
    const document = index.get(id);
    if (document === undefined) continue;
    documents.set(id, digestOf(document));
    if (at % step === 0 && titles.length < QUESTIONS)
      titles.push(`${document.title} ${document.heading}`);
  }
  const answers = titles.map((text) => ({ text, ids: answerOf(index, text) }));
  return { revision, documents, answers };
}

/** How an index differs from one made anew of the same revision. Gives readers a turn in between. */
export async function compareIndex(
  fresh: IndexMark,
  index: SearchIndex,
): Promise<readonly Finding[]> {
  const extra: string[] = [];
  const other: string[] = [];
  const ids = index.ids();
  for (const [at, id] of ids.entries()) {
    if (at % SLICE === SLICE - 1) await turn();
    const wanted = fresh.documents.get(id);
    const document = index.get(id);
    if (wanted === undefined) extra.push(id);
    else if (document === undefined || digestOf(document) !== wanted) other.push(id);
  }
  const known = new Set(ids);
  const missing = [...fresh.documents.keys()].filter((id) => !known.has(id));
  const said = [
    ['missing', missing],
    ['too many', extra],
    ['different', other],
  ] as const;
  const findings = said.flatMap(([what, names]): Finding[] => {
    if (names.length === 0) return [];
    const message = `Expected the documents of an index made anew, found ${names.length} ${what}: ${names.slice(0, NAMED_MAX).join(', ')}. ${REMEDY}`;
    return [{ severity: 'error', path: '.atocore/memo/index', message }];
  });
  if (findings.length > 0) return findings;
  const wrong = fresh.answers.filter(({ text, ids: hits }) => {
    const found = answerOf(index, text);
    return found.length !== hits.length || found.some((id, at) => id !== hits[at]);
  });
  const [first] = wrong;
  if (first === undefined) return [];
  const message = `Expected the answers of an index made anew, found others for ${wrong.length} of ${fresh.answers.length} questions, such as ${JSON.stringify(first.text.slice(0, 60))}. ${REMEDY}`;
  return [{ severity: 'error', path: '.atocore/memo/index', message }];
}

function answerOf(index: SearchIndex, text: string): readonly string[] {
  return index.search({ text, limit: HITS }).hits.map(({ id }) => id);
}

function digestOf(document: Parameters<typeof encoded>[0]): string {
  return createHash('sha1').update(encoded(document)).digest('base64');
}
