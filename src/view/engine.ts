/** An Orama database with our index, document store and tokenizer put in through `components`. */
import { create, type IDocumentsStore, type IIndex, type Orama } from '@orama/orama';
import {
  type BytesStore,
  bytesStoreComponent,
  type DocumentBytes,
  type SearchDocument,
} from './documents-store.ts';
import { createIndexStore, type IndexStore, indexComponent, SCHEMA } from './index-component.ts';
import type { IndexState } from './index-state.ts';
import { SCORING } from './scoring.ts';
import { tokenize } from './tokenize.ts';

export type Database = Orama<typeof SCHEMA, IIndex<IndexStore>, IDocumentsStore<BytesStore>>;

export interface Engine {
  readonly database: Database;
  readonly store: IndexStore;
  readonly state: IndexState;
  readonly bytes: DocumentBytes;
  /** Document ids by slot; slots that were never served may have one too. */
  readonly ids: string[];
  /** The slot that is served for an id. */
  readonly slots: Map<string, number>;
}

/**
 * Opens an engine over what is given, which it takes over.
 *
 * Orama knows a document by its slot, not by its id: a new version must be insertable while the
 * one before it is still served.
 */
export function openEngine(state: IndexState, bytes: DocumentBytes, ids: string[]): Engine {
  const store = createIndexStore(state, (slot) => ids[slot] ?? '', { limit: 10, scoring: SCORING });
  const database = create({
    schema: SCHEMA,
    sort: { enabled: false },
    components: {
      tokenizer: {
        language: 'english',
        normalizationCache: new Map(),
        tokenize: (text: string) => tokenize(text),
      },
      index: indexComponent(store),
      documentsStore: bytesStoreComponent(bytes, () => state.liveCount),
      getDocumentIndexId: () => String(state.given + 1),
      validateSchema: () => undefined,
      getDocumentProperties: (document, paths) =>
        Object.fromEntries(
          paths.map((path) => [path, propertyOf(document as SearchDocument, path)]),
        ),
    },
  }) as unknown as Database;
  database.internalDocumentIDStore.load(database, {
    internalIdToId: Array.from({ length: state.given }, (_, index) => String(index + 1)),
  });
  const slots = new Map<string, number>();
  for (let slot = 1; slot <= state.served; slot += 1) {
    if (state.live[slot] === 1) slots.set(ids[slot] ?? '', slot);
  }
  return { database, store, state, bytes, ids, slots };
}

function propertyOf(document: SearchDocument, path: string): string | number {
  return document[path as keyof SearchDocument] as string | number;
}
