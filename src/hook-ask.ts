/** A hook's requests to the daemon: loopback, one connection each, and no longer than there is time. */
import type { Daemon } from './hook-place.ts';

const ANSWER_BYTES_MAX = 1_000_000;

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the daemon answers; none when it doesn't in time, or not in JSON. */
export async function askDaemon(
  daemon: Daemon,
  path: string,
  { body, timeMs }: { readonly body: unknown; readonly timeMs: number },
): Promise<Answer | undefined> {
  if (timeMs <= 0) return undefined;
  // Only here: without a daemon nothing of it is loaded, nor what `import` would start to load it.
  const { request } = process.getBuiltinModule('node:http');
  const bytes = Buffer.from(JSON.stringify(body));
  const { host, port, token } = daemon;
  return new Promise((resolve) => {
    const asking = request(
      {
        host,
        port,
        path,
        method: 'POST',
        agent: false,
        timeout: timeMs,
        headers: {
          'content-type': 'application/json',
          'content-length': bytes.byteLength,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.byteLength;
          if (length > ANSWER_BYTES_MAX) asking.destroy();
          else chunks.push(chunk);
        });
        response.on('end', () => resolve(answerOf(response.statusCode, Buffer.concat(chunks))));
        response.on('error', () => resolve(undefined));
      },
    );
    const late = setTimeout(() => asking.destroy(), timeMs);
    asking.on('close', () => {
      clearTimeout(late);
      resolve(undefined);
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(undefined));
    asking.end(bytes);
  });
}

function answerOf(status: number | undefined, bytes: Buffer): Answer | undefined {
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof body === 'object' && body !== null;
    return status === undefined || !isObject ? undefined : { status, body: { ...body } };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
