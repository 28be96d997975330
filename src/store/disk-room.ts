/** How much room a disk has left, in bytes and in files, and how little is too little. */
import { statfs } from 'node:fs/promises';
import { AtoError } from '../errors.ts';

/** What is left on the disk of a folder; inodes 0 of 0 where a file system has no such limit. */
export interface Room {
  readonly freeBytes: number;
  readonly bytes: number;
  readonly freeInodes: number;
  readonly inodes: number;
}

/** Tests put their own in. */
export type DiskRoom = (folder: string) => Promise<Room>;

export const diskRoom: DiskRoom = async (folder) => {
  const { bavail, bsize, blocks, ffree, files } = await statfs(folder);
  return { freeBytes: bavail * bsize, bytes: blocks * bsize, freeInodes: ffree, inodes: files };
};

const FREE_BYTES_MIN = 200 * 1024 * 1024;
const FREE_SHARE_MIN = 0.01;

/** Below this writing is near its end: 200 MB, or 1 % of a disk of which that is less. */
export function leastBytes({ bytes }: Pick<Room, 'bytes'>): number {
  return Math.min(FREE_BYTES_MIN, bytes * FREE_SHARE_MIN);
}

/** The same for files: 1 % of the inodes. */
export function leastInodes({ inodes }: Pick<Room, 'inodes'>): number {
  return inodes * FREE_SHARE_MIN;
}

export function megabytes(bytes: number): string {
  return `${Math.floor(bytes / (1024 * 1024))} MB`;
}

/** AtoError `disk-full` while there is so little that what people write by hand needs it. */
export async function assertRoomToCapture(folder: string, room: DiskRoom): Promise<void> {
  const found = await room(folder);
  const { freeBytes, freeInodes, inodes } = found;
  if (freeBytes < leastBytes(found)) {
    throw noRoom(folder, megabytes(leastBytes(found)), megabytes(freeBytes));
  }
  if (inodes > 0 && freeInodes < leastInodes(found)) {
    const least = `${Math.ceil(leastInodes(found))} files (inodes)`;
    throw noRoom(folder, least, `${freeInodes}`);
  }
}

function noRoom(folder: string, expected: string, found: string): AtoError {
  return new AtoError(
    'disk-full',
    `Expected at least ${expected} left on the disk of ${folder} to take captures in, found ${found}. Free some and send it again; what is there is served and can be edited.`,
  );
}
