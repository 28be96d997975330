import { checkFixtures } from './fixtures.ts';
import { findAdr } from './read-markdown.ts';

checkFixtures('adr', findAdr);
