/** What the scripts of the official MCP tools share: a served store, and tools run by npx under Node 24. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CommandLine, lineWithExample } from '../cli/command-line.ts';

/** The worked example without tokens, which the official tools can't be given everywhere. */
export async function openStore(ends: (() => unknown)[]): Promise<CommandLine> {
  const line = await lineWithExample({
    after: (end: unknown) => ends.push(end as () => unknown),
  } as never);
  const path = join(line.store, 'atocore.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, auth: 'none' }));
  return line;
}

/** A daemon of the store, for as long as the script runs. */
export async function served(line: CommandLine, ends: (() => unknown)[]): Promise<string> {
  const args = ['dist/cli/main.js', '--store', line.store, 'up', '--port', '0', '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  ends.push(() => child.kill('SIGKILL'));
  const [first] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return (JSON.parse(first) as { readonly url: string }).url;
}

/** The words that start `atocore mcp` on a store. */
export function mcpCommand(line: CommandLine): readonly string[] {
  return [process.execPath, join(process.cwd(), 'dist/cli/main.js'), '--store', line.store, 'mcp'];
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a package's program under Node 24; both come from the registry, or from npm's cache. */
export async function runPackage(name: string, args: readonly string[]): Promise<Ran> {
  const packages = ['--package', 'node@24', '--package', name];
  const child = spawn('npx', ['--yes', ...packages, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => {
    stdout += piece.toString();
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Streamable HTTP in front of a server on standard input and output, for a suite that knows no other. */
export async function bridged(
  command: readonly string[],
  ends: (() => unknown)[],
): Promise<string> {
  const [program = '', ...args] = command;
  const sessions = new Map<string, Session>();
  const server: Server = createServer(async (request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const origin = request.headers.origin ?? 'http://127.0.0.1';
    const isLocal = (name: string) => /^(?:localhost|127\.0\.0\.1)$/.test(name);
    if (!isLocal(host) || !isLocal(new URL(origin).hostname))
      return void response.writeHead(403).end();
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const message = JSON.parse(await bodyOf(request)) as { readonly id?: unknown };
    const id = String(request.headers['mcp-session-id'] ?? `s-${sessions.size + 1}`);
    const session = sessions.get(id) ?? new Session(spawn(program, args));
    sessions.set(id, session);
    const answer = await session.send(message);
    const headers = { 'mcp-session-id': id, 'content-type': 'application/json' };
    if (answer === undefined) return void response.writeHead(202, headers).end();
    response.writeHead(200, headers).end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const session of sessions.values()) session.end();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return `http://127.0.0.1:${port}/mcp`;
}

class Session {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<unknown, (line: string) => void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error('a server needs an output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id } = JSON.parse(line) as { readonly id?: unknown };
      this.#waiting.get(id)?.(line);
      this.#waiting.delete(id);
    });
  }

  /** The answer to a request; none to a notification. */
  send(message: { readonly id?: unknown }): Promise<string | undefined> {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
    if (message.id === undefined) return Promise.resolve(undefined);
    return new Promise((answered) => this.#waiting.set(message.id, answered));
  }

  end(): void {
    this.#child.kill();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
