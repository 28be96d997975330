/** The real disk with a fault at any operation: an error, or a stop after which nothing works. */
import type { FileHandle } from 'node:fs/promises';
import { type Disk, nodeDisk } from '../../src/store/durable-fs.ts';

export interface DiskOperation {
  /** Such as `rename` or `file.sync`. */
  readonly name: string;
  readonly path: string;
  /** Counts the operations that change something, from 0; the others carry the next one's number. */
  readonly number: number;
  readonly changes: boolean;
}

/** What happens instead: an error before the operation, or half a write and then the error. */
export type Fault = (operation: DiskOperation) => Error | undefined;

const CHANGING = new Set(['rename', 'link', 'unlink', 'mkdir', 'rmdir', 'symlink', 'utimes']);
const CHANGING_FILE = new Set(['file.writeFile', 'file.sync']);

export function faultyDisk(fault: Fault): Disk {
  let number = 0;
  const meet = (name: string, path: string, changes: boolean): void => {
    const error = fault({ name, path, number, changes });
    if (changes) number++;
    if (error !== undefined) throw error;
  };
  const wrapped: Record<string, unknown> = {};
  for (const [name, work] of Object.entries(nodeDisk)) {
    wrapped[name] = async (...args: unknown[]) => {
      const path = String(args[0]);
      const opensForWriting = name === 'open' && args[1] !== 'r' && Number(args[1]) % 4 !== 0;
      meet(name, path, CHANGING.has(name) || opensForWriting);
      const done: unknown = await (work as (...all: unknown[]) => Promise<unknown>)(...args);
      return name === 'open' ? faultyFile(done as FileHandle, path, meet) : done;
    };
  }
  return wrapped as unknown as Disk;
}

export function diskFault(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}

function faultyFile(
  file: FileHandle,
  path: string,
  meet: (name: string, path: string, changes: boolean) => void,
): FileHandle {
  return new Proxy(file, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || typeof name !== 'string') return value;
      return async (...args: unknown[]) => {
        const operation = `file.${name}`;
        // A file can always be closed: otherwise the test, not the store, would leak it.
        if (name !== 'close') {
          try {
            meet(operation, path, CHANGING_FILE.has(operation));
          } catch (error) {
            if (name === 'writeFile') await tear(target, args[0]);
            throw error;
          }
        }
        return value.apply(target, args);
      };
    },
  });
}

async function tear(file: FileHandle, content: unknown): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array);
  await file.writeFile(bytes.subarray(0, bytes.length >> 1));
}
