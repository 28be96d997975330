import { checkFixtures } from './fixtures.ts';
import { findCues } from './read-markdown.ts';

checkFixtures('cues', findCues);
