/** Arbitrary Markdown: lines that mean something to the plugins, in any order. */
import fc from 'fast-check';

const LINES = [
  '',
  '',
  '# Title',
  '## Decision: lateral support',
  '## Fact - x',
  '### Requirement: y = 5 mm',
  'Setext',
  '---',
  '===',
  '> [!decision] use GF-PTFE pads',
  '> quoted: I prefer steel',
  '- item we decided to buy a hoist',
  '  - nested',
  '1. first',
  '```',
  '    indented',
  '\ttab',
  '| a | b |',
  '|---|---|',
  '<!-- comment',
  '-->',
  '<div>',
  '<!-- atocore:context 3f9a -->',
  '<!-- /atocore:context 3f9a -->',
  'I prefer metric units.',
  'We decided to use `code` and **bold** text. The requirement is X = 5.',
  '[[note#part|alias]] and [link](a.md#b) ![[embed]]',
  '## Status',
  'Accepted',
  'Superseded by [ADR-2](0002-x.md)',
  '## Context',
  '## Decision',
  'We will do it.',
  '## Consequences',
  'Tags: a, b',
  'I prefer ...',
  '# ...',
  'We decided to !!!!!!!!!!',
  '## Decision: ...',
  '> [!fact] ::::::::::',
  '[^1]: note',
  '日本語の文。次の文。',
  '🎉\u2028\u200b\u202e',
  '***',
  '\\[[x]]',
];

export const markdownText: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...LINES) }, fc.string({ maxLength: 30 })),
      {
        maxLength: 40,
      },
    ),
    fc.constantFrom('\n', '\r\n'),
  )
  .map(([lines, ending]) => lines.join(ending));
