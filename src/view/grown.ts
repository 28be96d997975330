/** Typed arrays with room to grow. */

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** The array, or a copy at least twice as long with zeros behind, so that `length` fits. */
export function grown<Kind extends Numbers>(array: Kind, length: number): Kind {
  if (length <= array.length) return array;
  const Type = array.constructor as new (length: number) => Kind;
  const copy = new Type(Math.max(length, array.length * 2, 16));
  copy.set(array);
  return copy;
}
