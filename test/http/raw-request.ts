/** Requests written byte by byte over a socket, for what no client library would send. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Sends the text and reads until the other side closes, or the first answer is whole. */
export function rawRequest(port: number, text: string): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = open(port);
    let answer = '';
    const end = () => {
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0), text: answer });
    };
    socket.on('data', (chunk) => {
      answer += chunk;
      if (isWhole(answer)) end();
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.write(text);
  });
}

/** A socket whose end is expected, however it comes. */
export function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

/** A request with the given lines; the last one is followed by the body. */
export function request(start: string, headers: readonly string[], body = ''): string {
  return `${[start, ...headers, '', body].join('\r\n')}`;
}

function isWhole(answer: string): boolean {
  const cut = answer.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1];
  return cut !== -1 && length !== undefined && answer.length >= cut + 4 + Number(length);
}
