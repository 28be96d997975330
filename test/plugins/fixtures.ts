/**
 * Compares what a plugin makes of its fixtures with the JSON beside them; `UPDATE=1` rewrites that.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Document } from '../../src/plugin.ts';
import { readMarkdown } from './read-markdown.ts';

const SOURCES = 'projects/p05-interferometer/sources/notes';
const CAPTURES = 'captures/2026/04/09';

/** A fixture whose name begins with `capture-` is read as a capture, the others as sources. */
export function checkFixtures(plugin: string, resultOf: (document: Document) => unknown): void {
  const folder = fileURLToPath(new URL(`../../plugins/${plugin}/fixtures/`, import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
  for (const name of names) {
    test(`${plugin} reads ${name} as its JSON says`, () => {
      const text = readFileSync(folder + name, 'utf8');
      const parent = name.startsWith('capture-') ? CAPTURES : SOURCES;
      const found = resultOf(readMarkdown(text, `${parent}/${name}`));
      const expected = folder + name.replace(/\.md$/, '.json');
      if (process.env.UPDATE === '1')
        writeFileSync(expected, `${JSON.stringify(found, null, 2)}\n`);
      assert.deepEqual(
        JSON.parse(JSON.stringify(found)),
        JSON.parse(readFileSync(expected, 'utf8')),
      );
    });
  }
}
