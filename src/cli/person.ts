/** Who sits here: the author of what is decided from this command line. */
import { userInfo } from 'node:os';
import type { Person } from '../engine.ts';
import { AtoError } from '../errors.ts';
import { readPerson } from '../http/read-person.ts';
import { quote } from '../model/names.ts';

/** `ATOCORE_ACTOR` as `Name <address>`, else as git knows the person in this store. */
export async function personHere(folder: string): Promise<Person> {
  const set = personSet();
  if (set !== undefined) return set;
  const [{ handEditor }, { openStore }] = await Promise.all([
    import('../hand-editor.ts'),
    import('../store/open.ts'),
  ]);
  return handEditor(await openStore(folder));
}

/** Who makes a store that isn't there yet. */
export function personAnywhere(): Person {
  const { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email } = process.env;
  const account = userInfo().username || 'somebody';
  return personSet() ?? { name: name || account, email: email || `${account}@localhost` };
}

/** The person as a request says it; left out when it can't be said. */
export function actorOf({ name, email }: Person): { readonly actor?: string } {
  const actor = `${name} <${email}>`;
  return readPerson(actor) === undefined ? {} : { actor };
}

function personSet(): Person | undefined {
  const set = process.env.ATOCORE_ACTOR;
  if (set === undefined || set === '') return undefined;
  const person = readPerson(set);
  if (person !== undefined) return person;
  const message = `Expected ATOCORE_ACTOR as "Name <address>", found ${quote(set)}. Correct it.`;
  throw new AtoError('usage', message);
}
