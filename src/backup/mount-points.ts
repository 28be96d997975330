/** Which folders and files below a store are disks of their own: they are written into, never removed. */
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { errorCode } from '../store/durable-fs.ts';
import type { Store } from '../store/store.ts';

/**
 * Relative to the store. Found by the device number of each place asked about, and by the system's own
 * list where it has one, since a bind mount of the same disk has the same number.
 */
export async function mountPoints(
  store: Store,
  places: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const found = new Set(await listedMounts(store));
  const devices = new Map<string, number | undefined>();
  const deviceOf = async (place: string): Promise<number | undefined> => {
    if (devices.has(place)) return devices.get(place);
    const device = await lookAt(store, place);
    devices.set(place, device);
    return device;
  };
  for (const place of places) {
    const cut = place.lastIndexOf('/');
    const [own, above] = [
      await deviceOf(place),
      await deviceOf(cut < 0 ? '' : place.slice(0, cut)),
    ];
    if (own !== undefined && above !== undefined && own !== above) found.add(place);
  }
  return found;
}

async function lookAt(store: Store, place: string): Promise<number | undefined> {
  try {
    return (await store.fs.disk.lstat(join(store.dir, place))).dev;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
}

/** Linux only; elsewhere the device numbers are all there is. */
async function listedMounts(store: Store): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile('/proc/self/mountinfo', 'latin1');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes(errorCode(error))) return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const point = (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const path = relative(store.dir, Buffer.from(point, 'latin1').toString('utf8'));
    const isBelow = path !== '' && path !== '..' && !path.startsWith(`..${sep}`);
    return point.startsWith('/') && isBelow ? [path.split(sep).join('/')] : [];
  });
}
