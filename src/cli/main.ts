#!/usr/bin/env node
/** The command line's first step: an agent waits for `hook`, so that nothing else is loaded for it. */

/** Options before the command that take a value. */
const WITH_VALUE: readonly string[] = ['--store', '--config'];

const words = process.argv.slice(2);
const command = words.find(
  (word, at) => !word.startsWith('-') && !WITH_VALUE.includes(words[at - 1] ?? ''),
);
if (command === 'hook') await import('../hook.ts');
else await import('./commands.ts');
