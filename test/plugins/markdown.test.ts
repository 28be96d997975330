import { checkFixtures } from './fixtures.ts';

checkFixtures('markdown', ({ title, headings, sections, links }) => ({
  title,
  headings,
  sections,
  links,
}));
