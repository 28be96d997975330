/** The folders of a user, by the XDG specification; the same on every platform. */
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_CONFIG_HOME/atocore`: tokens. */
export function configFolder(environment: Environment): string {
  return join(base(environment.XDG_CONFIG_HOME, '.config'), 'atocore');
}

/** `$XDG_DATA_HOME/atocore`: the store, where no other is named. */
export function dataFolder(environment: Environment): string {
  return join(base(environment.XDG_DATA_HOME, '.local', 'share'), 'atocore');
}

/** `$ATOCORE_SPOOL`, or `spool` in `$XDG_STATE_HOME/atocore`: captures that wait for a daemon. */
export function spoolFolder(environment: Environment): string {
  const set = environment.ATOCORE_SPOOL;
  if (set !== undefined && isAbsolute(set)) return set;
  return join(base(environment.XDG_STATE_HOME, '.local', 'state'), 'atocore', 'spool');
}

// The specification has relative values ignored.
function base(set: string | undefined, ...usual: readonly string[]): string {
  if (set !== undefined && isAbsolute(set)) return set;
  // Only here: a hook seldom needs it, and waits for nothing that it doesn't need.
  return join(process.getBuiltinModule('node:os').homedir(), ...usual);
}
