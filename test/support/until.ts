/** Waiting for something to become true, with a limit that says what was waited for. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Asking takes at most a quarter of the time, so that it doesn't slow down what is waited for. */
const REST_PER_ASK = 3;
const REST_MS_MIN = 20;

/** Asks again and again until the answer is not false or undefined. */
export async function until<Value>(
  what: string,
  ask: () => Value | undefined | false | Promise<Value | undefined | false>,
  limitMs = 20_000,
): Promise<Value> {
  const end = performance.now() + limitMs;
  for (;;) {
    const asked = performance.now();
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const now = performance.now();
    if (now > end) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await sleep(Math.max(REST_MS_MIN, REST_PER_ASK * (now - asked)));
  }
}
