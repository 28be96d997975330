/** The vectors of what is served: filled in the background, asked within a deadline, never waited for. */
import { setImmediate as turn } from 'node:timers/promises';
import { type EmbeddingModel, operatorModel } from './embedding-model.ts';
import type { Engine } from './engine.ts';
import { isAtoError } from './errors.ts';
import { textKey, VectorCache } from './vector-cache.ts';
import type { SearchDocument } from './view/search-index.ts';
import { embeddedText, type Semantic } from './view/semantic.ts';
import type { View } from './view/view.ts';

export interface VectorsState {
  readonly model: string;
  readonly state: 'ready' | 'filling' | 'failing';
  readonly known: number;
  readonly missing: number;
  /** Why the endpoint gives none at present. */
  readonly reason?: string;
}

const BATCH = 32;
const LOOKED_AT_ONCE = 500;
const RETRY_MS = 30_000;
/** Longer texts are cut: models read a few thousand characters. */
const TEXT_CHARS_MAX = 8_000;
const QUESTIONS_KEPT = 200;

/**
 * The vectors of an engine's views, where the operator names a model in the environment; otherwise none.
 * AtoError `usage` for a name or URL that is none.
 */
export async function openVectors(
  engine: Engine,
  environment: NodeJS.ProcessEnv,
): Promise<Vectors | undefined> {
  const model = operatorModel(environment);
  if (model === undefined) return undefined;
  const cache = await VectorCache.open(engine.status().folder, model.name);
  const vectors = new Vectors(model, cache);
  engine.onPublish((view) => vectors.note(view));
  if (engine.view !== undefined) vectors.note(engine.view);
  return vectors;
}

export class Vectors {
  readonly #model: EmbeddingModel;
  readonly #cache: VectorCache;
  readonly #ended = new AbortController();
  readonly #questions = new Map<string, Float32Array>();
  /** The key of each document that is served. */
  #keys: ReadonlyMap<string, string> = new Map();
  #missing = 0;
  #reason: string | undefined;
  #quietUntilMs = 0;
  #wanted: Pick<View, 'index'> | undefined;
  #noted: Pick<View, 'index'> | undefined;
  #filling: Promise<void> | undefined;
  #looking: Promise<unknown> = Promise.resolve();

  constructor(model: EmbeddingModel, cache: VectorCache) {
    this.#model = model;
    this.#cache = cache;
  }

  state(): VectorsState {
    const known = this.#keys.size - this.#missing;
    const reason = this.#reason;
    const state = reason !== undefined ? 'failing' : this.#missing > 0 ? 'filling' : 'ready';
    const base = { model: this.#model.name, state, known, missing: this.#missing } as const;
    return reason === undefined ? base : { ...base, reason };
  }

  /** Takes note of a view: what of it has no vector yet is asked for in the background. */
  note(view: Pick<View, 'index'>): void {
    this.#noted = view;
    this.#wanted = view;
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = undefined;
    });
  }

  /** Resolves when nothing is asked for in the background. */
  async idle(): Promise<void> {
    await this.#filling;
  }

  /** Likeness to a question; none where the endpoint doesn't answer within the limit. Never throws. */
  async ask(text: string, limitMs: number): Promise<Semantic | undefined> {
    const cut = text.slice(0, TEXT_CHARS_MAX);
    const question = this.#questions.get(cut) ?? (await this.#questionVector(cut, limitMs));
    if (question === undefined) return undefined;
    await this.#looking;
    const { known, missing, model } = this.state();
    const vectorOf = (document: SearchDocument): Float32Array | undefined =>
      this.#cache.get(textKey(textOf(document)));
    return {
      model,
      known,
      missing,
      nearest: (count) => this.#nearest(question, count),
      cosineOf: (document) => cosine(question, vectorOf(document)),
    };
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#filling;
  }

  async #questionVector(text: string, limitMs: number): Promise<Float32Array | undefined> {
    if (Date.now() < this.#quietUntilMs) return undefined;
    const signal = AbortSignal.any([AbortSignal.timeout(Math.max(1, limitMs)), this.#ended.signal]);
    try {
      const [vector] = await this.#model.embed([text], signal);
      if (vector === undefined) return undefined;
      if (this.#questions.size >= QUESTIONS_KEPT) this.#questions.clear();
      this.#questions.set(text, vector);
      if (this.#reason !== undefined) this.#again();
      return vector;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async #fill(): Promise<void> {
    while (this.#wanted !== undefined && !this.#ended.signal.aborted) {
      const view = this.#wanted;
      this.#wanted = undefined;
      const looking = this.#look(view);
      this.#looking = looking;
      const missing = await looking;
      for (let at = 0; at < missing.length && this.#wanted === undefined; at += BATCH) {
        if (!(await this.#embed(missing.slice(at, at + BATCH)))) return;
      }
    }
  }

  /** The texts of a view that have no vector, each once, in order of id. */
  async #look({ index }: Pick<View, 'index'>): Promise<readonly (readonly [string, string])[]> {
    const keys = new Map<string, string>();
    const missing = new Map<string, string>();
    let without = 0;
    for (const [at, id] of index.ids().entries()) {
      if (at % LOOKED_AT_ONCE === LOOKED_AT_ONCE - 1) await turn();
      const document = index.get(id);
      if (document === undefined) continue;
      const text = textOf(document);
      const key = textKey(text);
      keys.set(id, key);
      if (this.#cache.get(key) !== undefined) continue;
      missing.set(key, text);
      without += 1;
    }
    this.#keys = keys;
    this.#missing = without;
    return [...missing];
  }

  async #embed(batch: readonly (readonly [string, string])[]): Promise<boolean> {
    try {
      const texts = batch.map(([, text]) => text);
      const vectors = await this.#model.embed(texts, this.#ended.signal);
      const entries = batch.flatMap(([key], at) => {
        const vector = vectors[at];
        return vector === undefined ? [] : [[key, vector] as const];
      });
      await this.#cache.add(entries);
      this.#missing = [...this.#keys.values()].filter(
        (key) => this.#cache.get(key) === undefined,
      ).length;
      this.#reason = undefined;
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  /** The endpoint is back: what is missing is asked for again. */
  #again(): void {
    this.#reason = undefined;
    if (this.#noted !== undefined) this.note(this.#noted);
  }

  /** Notes why, and asks again only after a while; what is missing stays missing until then. */
  #failed(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.#reason = error instanceof Error ? error.message : String(error);
    const asked = isAtoError(error, 'busy') ? Number(error.extra.retryAfterMs) : RETRY_MS;
    this.#quietUntilMs = Date.now() + asked;
  }

  #nearest(question: Float32Array, count: number) {
    const best: { readonly id: string; readonly cosine: number }[] = [];
    for (const [id, key] of this.#keys) {
      const found = cosine(question, this.#cache.get(key));
      if (found === undefined) continue;
      if (best.length >= count && found <= (best.at(-1)?.cosine ?? 0)) continue;
      const at = best.findIndex((each) => each.cosine < found);
      best.splice(at === -1 ? best.length : at, 0, { id, cosine: found });
      if (best.length > count) best.pop();
    }
    return best;
  }
}

function textOf(document: SearchDocument): string {
  return embeddedText(document).slice(0, TEXT_CHARS_MAX);
}

/** Of vectors of length 1. None where one is missing or of another model. */
function cosine(one: Float32Array, other: Float32Array | undefined): number | undefined {
  if (other?.length !== one.length) return undefined;
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
