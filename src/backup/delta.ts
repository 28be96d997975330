/** Applies a delta of a git pack: copies from a base and inserts (gitformat-pack). */

/** The content; nothing when the delta does not fit its base or its own sizes. */
export function applyDelta(base: Buffer, delta: Buffer, sizeMax: number): Buffer | undefined {
  const source = readSize(delta, 0);
  const target = source === undefined ? undefined : readSize(delta, source.next);
  if (source === undefined || target === undefined) return undefined;
  if (source.size !== base.length || target.size > sizeMax) return undefined;
  const result = Buffer.allocUnsafe(target.size);
  let written = 0;
  let at = target.next;
  while (at < delta.length) {
    const command = delta[at++] ?? 0;
    if (command & 0x80) {
      const copy = readCopy(delta, at, command);
      at = copy.next;
      const isInside = copy.offset + copy.size <= base.length && written + copy.size <= target.size;
      if (!isInside || at > delta.length) return undefined;
      base.copy(result, written, copy.offset, copy.offset + copy.size);
      written += copy.size;
    } else {
      if (command === 0 || at + command > delta.length || written + command > target.size) {
        return undefined;
      }
      delta.copy(result, written, at, at + command);
      at += command;
      written += command;
    }
  }
  return written === target.size ? result : undefined;
}

function readCopy(delta: Buffer, start: number, command: number) {
  let at = start;
  let offset = 0;
  let size = 0;
  for (let bit = 0; bit < 4; bit++) {
    if (command & (1 << bit)) offset += (delta[at++] ?? 0) * 2 ** (8 * bit);
  }
  for (let bit = 0; bit < 3; bit++) {
    if (command & (0x10 << bit)) size += (delta[at++] ?? 0) * 2 ** (8 * bit);
  }
  return { offset, size: size === 0 ? 0x10000 : size, next: at };
}

function readSize(delta: Buffer, start: number): { size: number; next: number } | undefined {
  let size = 0;
  for (let at = start, shift = 0; at < delta.length && shift < 49; at++, shift += 7) {
    const byte = delta[at] ?? 0;
    size += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return { size, next: at + 1 };
  }
  return undefined;
}
