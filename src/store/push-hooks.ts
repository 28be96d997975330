/** What makes `git push` into a served store safe: hooks in the store's own `.git`, and how the engine sees them at work. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { diskError } from './disk-error.ts';
import { type DurableFs, errorCode } from './durable-fs.ts';
import type { Store } from './store.ts';

/** Held by a push from the moment its files are about to be written until its reference is. */
export const PUSH_MARK = 'atocore-push';
/** Older than this the mark was left by a push that is gone, whatever its pid is now. */
const MARK_MS_MAX = 120_000;

/** How often the end of a push is looked for. */
export const PUSH_PAUSE_MS = 50;
/** A push writes its files in a moment; one that takes longer is told of instead. */
const PUSH_WAIT_MS = 10_000;

const BANNER = '# Written by AtoCore. Take this line away to keep a version of your own.';

/**
 * Before a push is taken: what was edited in the store and is not committed yet is about to be. The
 * daemon does it within a moment; without one, `atocore` does where it can be found.
 */
const PRE_RECEIVE = `#!/bin/sh
${BANNER}
top=$(cd .. && pwd)
clean() {
  test -z "$(GIT_OPTIONAL_LOCKS=0 git --git-dir="$top/.git" --work-tree="$top" status --porcelain --untracked-files=no 2>/dev/null)"
}
pause() { sleep 0.2 2>/dev/null || sleep 1; }
tries=0
until clean; do
  tries=$((tries + 1))
  if test $tries -eq 3 && command -v atocore >/dev/null 2>&1; then
    (unset GIT_DIR GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
      atocore --store "$top" --quiet settle >/dev/null 2>&1)
  fi
  if test $tries -gt 25; then
    echo "AtoCore: expected a store without edits that are not committed, found some. Commit them there (a running daemon does), then push again." >&2
    exit 1
  fi
  pause
done
exit 0
`;

/**
 * In place of git's own way to bring the folder to what is pushed: nothing is committed beside it, a
 * push that lacks commits of the store is refused before anything is written, and what was edited
 * in the meantime is never overwritten.
 */
const PUSH_TO_CHECKOUT = `#!/bin/sh
${BANNER}
new=$1
mark="$GIT_DIR/${PUSH_MARK}"
pause() { sleep 0.1 2>/dev/null || sleep 1; }
owned=
refuse() {
  test -n "$owned" && rm -f "$mark"
  echo "AtoCore: $1" >&2
  exit 1
}
# One push at a time; the mark of one that is gone is taken away.
tries=0
until (set -C && echo "$PPID" >"$mark") 2>/dev/null; do
  holder=$(cat "$mark" 2>/dev/null)
  if test -n "$holder" && ! kill -0 "$holder" 2>/dev/null; then
    rm -f "$mark"
    continue
  fi
  tries=$((tries + 1))
  test $tries -gt 100 && refuse "expected no other push to this store, found one under way. Push again."
  pause
done
owned=1
tries=0
while test -e "$GIT_DIR/index.lock"; do
  tries=$((tries + 1))
  test $tries -gt 100 && refuse "expected the store to be free, found it busy. Push again."
  pause
done
head=$(git rev-parse --verify --quiet HEAD) || refuse "expected a store with a commit, found none."
git merge-base --is-ancestor "$head" "$new" ||
  refuse "expected a push that builds on all commits of the store, found one that lacks some. Run: git pull --rebase, then git push."
git update-index -q --refresh >/dev/null 2>&1
git diff-files --quiet --ignore-submodules && git diff-index --quiet --cached --ignore-submodules "$head" ||
  refuse "expected a store without edits that are not committed, found some that came this very moment. Push again."
tries=0
until said=$(git read-tree -u -m "$head" "$new" 2>&1); do
  tries=$((tries + 1))
  test -e "$GIT_DIR/index.lock" && test $tries -lt 50 || refuse "$said"
  pause
done
exit 0
`;

const POST_UPDATE = `#!/bin/sh
${BANNER}
rm -f "$(git rev-parse --git-dir)/${PUSH_MARK}"
exit 0
`;

const HOOKS: Readonly<Record<string, string>> = {
  'pre-receive': PRE_RECEIVE,
  'push-to-checkout': PUSH_TO_CHECKOUT,
  'post-update': POST_UPDATE,
};

/** Writes the hooks of a repository; one that somebody wrote or changed stays. Gives the names of those. */
export async function writePushHooks(fs: DurableFs, gitdir: string): Promise<readonly string[]> {
  const foreign: string[] = [];
  for (const [name, text] of Object.entries(HOOKS)) {
    const path = join(gitdir, 'hooks', name);
    const present = await textOf(fs, path);
    if (present === text) continue;
    if (present !== undefined && !present.includes(BANNER)) {
      foreign.push(name);
      continue;
    }
    try {
      await fs.disk.mkdir(join(gitdir, 'hooks'), { recursive: true });
      await fs.writeFile(path, text);
      await chmod(path, 0o755);
    } catch (error) {
      throw diskError(error, `write ${path}`);
    }
  }
  return foreign;
}

async function textOf(fs: DurableFs, path: string): Promise<string | undefined> {
  try {
    return await fs.disk.readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw diskError(error, `read ${path}`);
  }
}

/** Whether a push is writing the store's files now. What a killed push left behind is no push. */
export async function isPushUnderWay({ gitdir, fs }: Store): Promise<boolean> {
  const path = join(gitdir, PUSH_MARK);
  try {
    const { mtimeMs } = await fs.disk.lstat(path);
    const pid = Number((await fs.disk.readFile(path, 'utf8')).trim());
    return Date.now() - mtimeMs < MARK_MS_MAX && isRunning(pid);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw diskError(error, `look at ${path}`);
  }
}

/** Waits while a push is writing the store's files, up to ten seconds. */
export async function pushTaken(store: Store): Promise<void> {
  const deadline = Date.now() + PUSH_WAIT_MS;
  while (Date.now() < deadline && (await isPushUnderWay(store))) await sleep(PUSH_PAUSE_MS);
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and somebody else's.
    return errorCode(error) === 'EPERM';
  }
}
