/** A model that turns texts into vectors, behind an endpoint as OpenAI's, such as a local Ollama. */
import { z } from 'zod';
import { AtoError } from './errors.ts';

/** Texts to vectors, one each, in order, all of one length. */
export interface EmbeddingModel {
  /** Vectors of another name are another model's. */
  readonly name: string;
  /** AtoError `failed`; `busy` with `extra.retryAfterMs` where the endpoint asks for patience. */
  readonly embed: (
    texts: readonly string[],
    signal?: AbortSignal,
  ) => Promise<readonly Float32Array[]>;
}

export interface EndpointSettings {
  /** Such as `http://127.0.0.1:11434/v1`; `/embeddings` is asked below it. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token. */
  readonly key?: string;
  readonly limitMs?: number;
}

const LIMIT_MS = 30_000;
const ANSWER_BYTES_MAX = 64_000_000;
const RETRY_MS = 30_000;

const ANSWER = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()).min(1) })),
});

/**
 * The endpoint of the operator's environment: `ATOCORE_EMBEDDINGS_URL` and `_MODEL`, and `_KEY` where
 * it wants one. None where no URL is set. AtoError `usage` for a URL that is none, or no model.
 */
export function operatorModel(environment: NodeJS.ProcessEnv): EmbeddingModel | undefined {
  const url = environment.ATOCORE_EMBEDDINGS_URL ?? '';
  if (url === '') return undefined;
  const model = environment.ATOCORE_EMBEDDINGS_MODEL ?? '';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    const message = `Expected an http or https URL in ATOCORE_EMBEDDINGS_URL, found ${JSON.stringify(url)}.`;
    throw new AtoError('usage', message);
  }
  if (model === '') {
    const message =
      'Expected the name of a model in ATOCORE_EMBEDDINGS_MODEL, found nothing. Name one, or unset ATOCORE_EMBEDDINGS_URL.';
    throw new AtoError('usage', message);
  }
  const key = environment.ATOCORE_EMBEDDINGS_KEY ?? '';
  return endpointModel({ url, model, ...(key === '' ? {} : { key }) });
}

export function endpointModel(settings: EndpointSettings): EmbeddingModel {
  const { model, limitMs = LIMIT_MS } = settings;
  return {
    name: model,
    async embed(texts, signal) {
      if (texts.length === 0) return [];
      const limit = AbortSignal.timeout(limitMs);
      const ended = signal === undefined ? limit : AbortSignal.any([limit, signal]);
      const text = await answerOf(settings, texts, ended);
      return vectorsIn(text, texts.length, settings);
    },
  };
}

async function answerOf(
  { url, model, key }: EndpointSettings,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}/embeddings`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify({ model, input: texts }),
      // Whoever is sent elsewhere would send texts and key there.
      redirect: 'error',
      signal,
    });
    text = await bounded(response, url);
  } catch (error) {
    if (error instanceof AtoError) throw error;
    const why = error instanceof Error ? (error.cause ?? error) : error;
    const said = why instanceof Error ? why.message : String(why);
    throw new AtoError('failed', `Expected vectors from ${url}, found: ${said}.`, { cause: error });
  }
  if (response.ok) return text;
  const message = `Expected vectors from ${url}, found status ${response.status}.`;
  const isBusy = response.status === 429 || response.status === 503;
  if (!isBusy) throw new AtoError('failed', message);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : RETRY_MS;
  throw new AtoError('busy', message, { extra: { retryAfterMs } });
}

async function bounded(response: Response, url: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length <= ANSWER_BYTES_MAX) continue;
    const message = `Expected an answer of at most ${ANSWER_BYTES_MAX} bytes from ${url}, found more.`;
    throw new AtoError('failed', message);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function vectorsIn(
  text: string,
  count: number,
  { url }: EndpointSettings,
): readonly Float32Array[] {
  const wrong = (found: string): AtoError =>
    new AtoError('failed', `Expected ${count} vectors of one length from ${url}, found ${found}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong('no JSON');
  }
  const read = ANSWER.safeParse(value);
  if (!read.success) throw wrong(`a fault at ${read.error.issues[0]?.path.join('.')}`);
  const byIndex = new Map(read.data.data.map(({ index, embedding }) => [index, embedding]));
  const lengths = new Set([...byIndex.values()].map(({ length }) => length));
  if (byIndex.size !== count || lengths.size !== 1) {
    throw wrong(`${byIndex.size} of ${[...lengths].join(' and ')} numbers`);
  }
  return Array.from({ length: count }, (_, at) => {
    const vector = Float32Array.from(byIndex.get(at) ?? []);
    const norm = Math.hypot(...vector);
    if (vector.length === 0 || !Number.isFinite(norm) || norm === 0)
      throw wrong('one without a direction');
    return vector.map((each) => each / norm);
  });
}
