/**
 * SQLite FTS5 on a benchmark's documents and queries; needs Node 24's `node:sqlite`, so it runs in a
 * process of its own: `node fts5.mjs <documents.ndjson> <queries.json>` prints one JSON object.
 */
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

const [documentsFile = '', queriesFile = ''] = process.argv.slice(2);
const lines = readFileSync(documentsFile, 'utf8').trimEnd().split('\n');
const documents = lines.map((line) => JSON.parse(line));
const queries = JSON.parse(readFileSync(queriesFile, 'utf8'));

const database = new DatabaseSync(':memory:');
database.exec(
  `create virtual table passages using fts5(id unindexed, title, heading, text, tokenize = "porter unicode61")`,
);
const from = performance.now();
const insert = database.prepare('insert into passages values (?, ?, ?, ?)');
database.exec('begin');
for (const { id, title, heading, text } of documents) insert.run(id, title, heading, text);
database.exec('commit');
database.exec(`insert into passages(passages) values ('optimize')`);
const buildMs = performance.now() - from;

// The same stop words, as quoted words any of which may match; weights as ours. `order by rank` is
// the quickest way that FTS5 has to the best ten.
database.exec(`insert into passages(passages, rank) values ('rank', 'bm25(0, 1.6, 1.4, 1)')`);
const ask = database.prepare(
  'select id from passages where passages match ? order by rank limit 10',
);
const times = queries.map((words) => {
  const query = words.map((word) => `"${word}"`).join(' OR ');
  if (query === '') return 0;
  return Math.min(
    ...[1, 2, 3].map(() => {
      const start = performance.now();
      ask.all(query);
      return performance.now() - start;
    }),
  );
});
const version = database.prepare('select sqlite_version() as version').get();
console.log(JSON.stringify({ buildMs, times, sqlite: version?.version, node: process.version }));
