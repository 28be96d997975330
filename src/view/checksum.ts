/** A checksum against damage, not against malice: two rounds of 32 bits over the words. */

/** 16 hexadecimal digits. Bytes behind the last whole word count as a word of their own. */
export function checksum(bytes: Uint8Array): string {
  const words = bytes.length >>> 2;
  // A copy by construction: `slice` of Node's Buffer is a view.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const view = new Uint32Array(aligned.buffer, aligned.byteOffset, words);
  let first = 0x811c9dc5 ^ bytes.length;
  let second = 0x9e3779b9;
  const mix = (word: number) => {
    first = Math.imul(first ^ word, 0x01000193);
    first = (first << 13) | (first >>> 19);
    second = Math.imul((second << 5) | (second >>> 27), 0x85ebca6b) ^ word;
  };
  for (let index = 0; index < words; index += 1) mix(view[index] as number);
  for (const byte of bytes.subarray(words * 4)) mix(byte);
  return hex(first) + hex(second ^ first);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
