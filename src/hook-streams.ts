/**
 * What an agent hands over and what it is given back, without Node's own streams where the system allows
 * it: `process.stdin` and `process.stdout` alone cost a quarter of what it takes to start Node.
 */
import { constants, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import type { Readable } from 'node:stream';

const STDIN = 0;
const STDOUT = 1;
const READ_BYTES = 65_536;

/**
 * All of standard input, whenever it ends; none where it is longer than the bound. Empty where it is a
 * terminal: a person there has nothing to hand over.
 */
export async function standardInput(bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  const take = (chunk: Buffer): boolean => {
    length += chunk.byteLength;
    chunks.push(chunk);
    return length <= bytesMax;
  };
  const found = fstatSync(STDIN);
  if (found.isCharacterDevice()) return Buffer.alloc(0);
  if (found.isFile()) return found.size > bytesMax ? undefined : readFileSync(STDIN);
  const isOver = found.isFIFO() && readWaiting(take);
  if (!isOver && length <= bytesMax) {
    await readStream(found.isSocket() ? socketInput() : process.stdin, take);
  }
  return length > bytesMax ? undefined : Buffer.concat(chunks);
}

/** What is in the pipe already; true when that is all that there will be. */
function readWaiting(take: (chunk: Buffer) => boolean): boolean {
  if (process.platform !== 'linux') return false;
  try {
    // Opened anew, since this says of itself alone that it waits for nothing.
    const pipe = openSync('/proc/self/fd/0', constants.O_RDONLY | constants.O_NONBLOCK);
    for (;;) {
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      const count = readSync(pipe, chunk);
      if (count === 0 || !take(chunk.subarray(0, count))) return true;
    }
  } catch {
    // EAGAIN: more is to come. Where there is no /proc, or it may not be read: all of it is.
    return false;
  }
}

function socketInput(): Readable {
  const { Socket } = process.getBuiltinModule('node:net');
  return new Socket({ fd: STDIN, readable: true, writable: false });
}

function readStream(stream: Readable, take: (chunk: Buffer) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      if (!take(chunk)) resolve();
    });
    stream.on('end', resolve);
    stream.on('error', reject);
  });
}

/** Prints all of it before it returns. Throws what the system throws, such as EPIPE where nobody listens. */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.byteLength; ) done += writeSome(bytes, done);
}

function writeSome(bytes: Buffer, from: number): number {
  try {
    return writeSync(STDOUT, bytes, from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    // A pipe that waits for nothing, and is full.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return 0;
  }
}
