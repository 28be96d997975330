/** Who decided, as a request or a setting names them. */
import type { Person } from '../engine.ts';

/** A person as git writes one; none when the text is something else. */
export function readPerson(text: string): Person | undefined {
  const [, name, email] = /^([^<>\p{Cc}]{1,100}?) <([^<>\s\p{Cc}]{1,200})>$/u.exec(text) ?? [];
  return name === undefined || email === undefined ? undefined : { name, email };
}
