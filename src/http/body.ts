/** The body of a request: its media type, its length on the stream, its JSON. */
import { AtoError } from '../errors.ts';
import { quote } from '../model/names.ts';
import { parseJson } from './json-text.ts';

export const BODY_BYTES_MAX = 2_000_000;

/** What was sent; `bytes` is empty and `value` undefined when there was no body. */
export interface SentBody {
  readonly bytes: Uint8Array;
  readonly value: unknown;
}

const NOTHING: SentBody = { bytes: new Uint8Array(0), value: undefined };

/** Reads a JSON body. AtoError `unsupported-media`, `too-large`, `usage`, `invalid`. */
export async function readBody(request: Request, bytesMax: number): Promise<SentBody> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > bytesMax) throw tooLarge(bytesMax);
  if (request.body === null || declared === '0') return NOTHING;
  const mediaType = request.headers.get('content-type');
  const isJson = mediaType !== null && isJsonType(mediaType);
  // A stream tells only when read whether it has anything: an empty one needs no type.
  const bytes = await readBytes(request.body, isJson ? bytesMax : 0, () => {
    if (!isJson) throw wrongType(mediaType);
    throw tooLarge(bytesMax);
  });
  return bytes.byteLength === 0 ? NOTHING : { bytes, value: parseJson(bytes) };
}

// Exactly the type, or with `charset=utf-8`: anything looser lets a form from another site in.
function isJsonType(mediaType: string): boolean {
  return /^application\/json(?: *; *charset="?utf-8"?)?$/i.test(mediaType);
}

/** The body as it was sent, of any type. AtoError `too-large`, `usage`. */
export async function readRaw(request: Request, bytesMax: number): Promise<Uint8Array> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > bytesMax) throw tooLarge(bytesMax);
  if (request.body === null) return NOTHING.bytes;
  return readBytes(request.body, bytesMax, () => {
    throw tooLarge(bytesMax);
  });
}

async function readBytes(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
  refuse: () => never,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await readChunk(reader);
    if (done) return Buffer.concat(chunks, length);
    length += value.byteLength;
    if (length > bytesMax) {
      // Nothing more is read from here; what the sender makes of that is no concern of ours.
      reader.cancel().catch(() => undefined);
      refuse();
    }
    chunks.push(value);
  }
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (error) {
    const message = 'Expected the whole body, found the connection closed before its end.';
    throw new AtoError('usage', message, { cause: error });
  }
}

function tooLarge(bytesMax: number): AtoError {
  return new AtoError(
    'too-large',
    `Expected a body of at most ${bytesMax} bytes, found a longer one. Send less at once.`,
  );
}

function wrongType(found: string | null): AtoError {
  return new AtoError(
    'unsupported-media',
    `Expected the content type application/json, found ${found === null ? 'none' : quote(found)}.`,
  );
}
