/** A small real endpoint as OpenAI's: vectors by meaning, where meaning is a table of a few words. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EmbeddingServer {
  readonly url: string;
  /** Texts that were asked for, in order. */
  readonly asked: readonly string[];
  /** Answers in place of vectors, until it is unset. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly headers: readonly IncomingMessage['headers'][];
  /** How long the vectors are. */
  length: number;
}

/** Words of one row mean the same. */
const MEANINGS = [
  ['car', 'automobile', 'vehicle'],
  ['lubricant', 'grease', 'oil'],
  ['pad', 'support', 'bearing'],
  ['budget', 'money', 'cost'],
];

/** Listens on loopback until the test ends. */
export async function embeddingServer(test: {
  after(end: () => unknown): void;
}): Promise<EmbeddingServer> {
  const asked: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const made = { asked, headers, length: 64, answer: undefined as EmbeddingServer['answer'] };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      headers.push(request.headers);
      if (made.answer !== undefined) return made.answer(request, response);
      const { input } = JSON.parse(Buffer.concat(pieces).toString()) as { input: string[] };
      asked.push(...input);
      const data = input.map((text, index) => ({ index, embedding: vectorOf(text, made.length) }));
      response.setHeader('content-type', 'application/json');
      // In another order than asked: the index tells.
      response.end(JSON.stringify({ data: data.reverse() }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(made, { url: `http://127.0.0.1:${port}/v1` });
}

/** Four numbers for meanings, the rest for words without one. */
function vectorOf(text: string, length: number): readonly number[] {
  const vector = new Array<number>(length).fill(0);
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) {
    const row = MEANINGS.findIndex((words) => words.some((each) => word.startsWith(each)));
    const hash = [...word].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
    const at = row === -1 ? 4 + (hash % (length - 4)) : row;
    vector[at] = (vector[at] ?? 0) + (row === -1 ? 0.2 : 3);
  }
  vector[length - 1] = (vector[length - 1] ?? 0) + 0.1;
  return vector;
}
