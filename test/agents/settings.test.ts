/** Settings of agents: what is put in comes out again to the byte, whatever the file looks like. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse as parseJson } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { type AgentPlace, agentFiles, INSTALL_AGENTS } from '../../src/agents/agent-files.ts';
import { isOurHook, shellLine } from '../../src/agents/command-words.ts';
import {
  changeToInstall,
  changeToUninstall,
  type FileBytes,
  type FileTarget,
} from '../../src/agents/file-change.ts';
import { isAtoError } from '../../src/errors.ts';

const PLACE: AgentPlace = {
  home: '/home/ada',
  environment: {},
  platform: 'linux',
  programs: {
    node: '/opt/node 20/bin/node',
    hook: "/opt/ada's atocore/dist/hook.cjs",
    main: "/opt/ada's atocore/dist/cli/main.js",
    store: '/home/ada/my store',
  },
};

function targets(): readonly FileTarget[] {
  return INSTALL_AGENTS.flatMap((agent) =>
    agentFiles(agent, PLACE).map(({ places: [path = ''], content }) => ({ path, content })),
  );
}

const bytes = (text: string): FileBytes => Buffer.from(text);
const text = (of: FileBytes): string | undefined =>
  of === undefined ? undefined : Buffer.from(of).toString('utf8');

/** Installs, and gives the file then with what is needed to take it back. */
function installed(target: FileTarget, now: FileBytes) {
  const { next, note } = changeToInstall(target, now);
  assert.ok(note);
  return { next, target: { ...target, note } };
}

const JSON_FORMS: Readonly<Record<string, string>> = {
  'two blanks': '{\n  "model": "x",\n  "env": { "A": "1" }\n}\n',
  'no final newline': '{\n  "model": "x"\n}',
  tabs: '{\n\t"model": "x",\n\t"nested": {\n\t\t"a": [1, 2]\n\t}\n}\n',
  CRLF: '{\r\n  "model": "x",\r\n  "list": [\r\n    1\r\n  ]\r\n}\r\n',
  'a byte order mark': '\ufeff{\n  "model": "x"\n}\n',
  'one line': '{"model":"x"}',
  empty: '',
  blanks: '\n\n',
  'an empty object': '{}',
  'an empty object over lines': '{\n}\n',
  'four blanks and Unicode': '{\n    "model": "ünï — 日本語 \\u0007"\n}\n\n\n',
  'hooks of others':
    '{\n  "hooks": {\n    "Stop": [\n      { "hooks": [{ "type": "command", "command": "say done" }] }\n    ],\n    "SessionStart": []\n  },\n  "mcpServers": {\n    "other": { "command": "x" }\n  }\n}\n',
};
const LOOSE_FORMS: Readonly<Record<string, string>> = {
  comments:
    '{\n  // of mine\n  "model": "x", // why\n  /* later */\n  "a": 1 // last\n  // end\n}\n// after\n',
  'trailing commas': '{\n  "model": "x",\n  "list": [1, 2,],\n}\n',
  'a comment alone': '{ /* nothing yet */ }\n',
};
const TOML_FORMS: Readonly<Record<string, string>> = {
  plain: 'model = "x" # mine\n\n[projects."/home/ada/p"]\ntrust_level = "trusted"\n',
  'no final newline': 'model = "x"',
  CRLF: 'model = "x"\r\n\r\n[tui]\r\nnotifications = true\r\n',
  'a byte order mark': '\ufeffmodel = "x"\n',
  'servers of others':
    '[mcp_servers.other]\ncommand = "x"\nargs = []\n\n[mcp_servers.other.env]\nA = "1"\n',
  empty: '',
};

test('for every file of every agent and every form of it, uninstall gives the bytes before', () => {
  let count = 0;
  for (const target of targets()) {
    const { content, path } = target;
    const forms =
      content.is === 'toml'
        ? TOML_FORMS
        : content.is === 'whole'
          ? {}
          : { ...JSON_FORMS, ...(content.isStrict ? {} : LOOSE_FORMS) };
    for (const [name, form] of [['no file', undefined] as const, ...Object.entries(forms)]) {
      const before = form === undefined ? undefined : bytes(form);
      const { next, target: noted } = installed(target, before);
      assert.notEqual(text(next), form, `${path}, ${name}: something is put in`);
      assert.equal(text(changeToInstall(noted, next).next), text(next), `${path}, ${name}: twice`);
      const { next: after } = changeToUninstall(noted, next);
      assert.equal(text(after), form, `${path}, ${name}: undone`);
      if (form?.includes('\r\n') === true) {
        assert.doesNotMatch(text(next) ?? '', /[^\r]\n/, `${path}, ${name}: line ends`);
      }
      count += 1;
    }
  }
  assert.ok(count > 100, String(count));
});

test('an edit elsewhere in between keeps every byte of it, and ours still go', () => {
  for (const target of targets()) {
    if (target.content.is === 'whole') continue;
    const isToml = target.content.is === 'toml';
    const before = isToml
      ? 'model = "x"\n[tui]\na = 1\n'
      : '{\n  "model": "x",\n  "list": [1,   2]\n}\n';
    const { next, target: noted } = installed(target, bytes(before));
    const edit = (of: string | undefined) => (of ?? '').replace('"x"', '"other and longer"');
    const { next: after } = changeToUninstall(noted, bytes(edit(text(next))));
    assert.equal(text(after), edit(before), target.path);
  }
});

test('additions next to ours stay, as do all values of a file that was written anew', () => {
  for (const target of targets()) {
    if (target.content.is !== 'json') continue;
    for (const form of [undefined, '{}', '{\n  "model": "x"\n}\n']) {
      const { next, target: noted } = installed(
        target,
        form === undefined ? undefined : bytes(form),
      );
      const whole = parseJson(text(next) ?? '') as Record<string, unknown>;
      const anew = bytes(JSON.stringify({ first: 1, ...whole, last: { a: [] } }));
      const { next: after } = changeToUninstall(noted, anew);
      const frame = 'version' in whole ? { version: 1 } : {};
      const own = form === undefined ? {} : (JSON.parse(form) as object);
      assert.deepEqual(parseJson(text(after) ?? ''), {
        first: 1,
        ...own,
        ...frame,
        last: { a: [] },
      });
    }
  }
});

test('without a note, what is ours is found by what it runs; the rest keeps its values', () => {
  for (const target of targets()) {
    const form = target.content.is === 'toml' ? 'model = "x"\n' : '{\n  "model": "x"\n}\n';
    const before = target.content.is === 'whole' ? undefined : bytes(form);
    const { next } = installed(target, before);
    const after = text(changeToUninstall(target, next).next);
    if (target.content.is === 'whole') assert.equal(after, undefined);
    else if (target.content.is === 'toml')
      assert.deepEqual({ ...parseToml(after ?? '') }, { model: 'x' });
    else {
      const { version: _frame, ...rest } = JSON.parse(after ?? '') as Record<string, unknown>;
      assert.deepEqual(rest, { model: 'x' });
    }
  }
});

test('another build replaces the entries of the one before, and takes the user back as far', () => {
  const [target] = targets();
  assert.ok(target);
  const before = '{\n  "hooks": {\n    "Stop": []\n  }\n}\n';
  const first = installed(target, bytes(before));
  const moved = { ...PLACE, programs: { ...PLACE.programs, hook: '/new/dist/hook.cjs' } };
  const [again] = agentFiles('claude-code', moved);
  assert.ok(again && first.target.note);
  const { next, note } = changeToInstall(
    { path: target.path, content: again.content, note: first.target.note },
    first.next,
  );
  assert.ok(note);
  assert.doesNotMatch(text(next) ?? '', /ada's/);
  assert.match(text(next) ?? '', /\/new\/dist\/hook\.cjs/);
  const noted = { path: target.path, content: again.content, note };
  assert.equal(text(changeToUninstall(noted, next).next), before);
});

test('a server of that name that somebody else set stays as it is, and that is told', () => {
  const form = '{ "mcpServers": { "atocore": { "command": "atocore", "args": ["mcp"] } } }\n';
  const target = targets().find(({ path }) => path.endsWith('.claude.json'));
  assert.ok(target);
  const { next, kept } = changeToInstall(target, bytes(form));
  assert.equal(text(next), form);
  assert.deepEqual(kept, [['mcpServers', 'atocore']]);
  const toml = targets().find(({ path }) => path.endsWith('.toml'));
  assert.ok(toml);
  const own = '[mcp_servers.atocore]\ncommand = "atocore"\nargs = ["mcp"]\n';
  assert.equal(text(changeToInstall(toml, bytes(own)).next), own);
});

test('OpenCode 2 has servers one level deeper; a file of that form is kept to it', () => {
  const target = targets().find(({ path }) => path.endsWith('opencode.json'));
  assert.ok(target);
  const form =
    '{\n  "mcp": {\n    "servers": {\n      "other": { "type": "local", "command": ["x"] }\n    }\n  }\n}\n';
  const { next, target: noted } = installed(target, bytes(form));
  const { mcp } = parseJson(text(next) ?? '') as { mcp: { servers: object } };
  assert.deepEqual(Object.keys(mcp.servers), ['other', 'atocore']);
  assert.deepEqual(Object.keys(mcp), ['servers']);
  assert.equal(text(changeToUninstall(noted, next).next), form);
});

test('a broken file is refused with its place', () => {
  const broken: Readonly<Record<string, readonly [string, RegExp]>> = {
    'settings.json': ['{\n  "a": 1\n  "b": 2\n}\n', /settings\.json:3:3/],
    'hooks.json': ['{\n  // no comments here\n}\n', /hooks\.json:2:3/],
    '.claude.json': ['[1]\n', /\.claude\.json:1:1.*array|array.*\.claude\.json:1:1/],
    'config.toml': ['a = 1\nb = = 2\n', /config\.toml:2:5/],
    'mcp.json': ['{ "mcpServers": [] }', /mcpServers.*object.*array.*mcp\.json:1:17/],
    'openclaw.json': ['{ mcp: {} }', /openclaw\.json:1:3/],
    'mcp-config.json': ['{ "mcpServers": {}, "mcpServers": {} }', /mcpServers.*once.*:1:21/],
  };
  for (const [name, [form, message]] of Object.entries(broken)) {
    const target = targets().find(({ path }) => path.endsWith(`/${name}`));
    assert.ok(target, name);
    const isSaid = (error: unknown) => isAtoError(error, 'invalid') && message.test(error.message);
    assert.throws(() => changeToInstall(target, bytes(form)), isSaid, name);
  }
  const [target] = targets();
  assert.ok(target);
  const latin = Buffer.from([0x7b, 0x22, 0xfc, 0x22, 0x3a, 0x31, 0x7d]);
  assert.throws(() => changeToInstall(target, latin), /UTF-8/);
  const inline = targets().find(({ path }) => path.endsWith('.toml'));
  assert.ok(inline);
  assert.throws(
    () => changeToInstall(inline, bytes('mcp_servers = { other = { command = "x" } }\n')),
    /can't be added/,
  );
  const whole = targets().find(({ content }) => content.is === 'whole');
  assert.ok(whole);
  assert.throws(
    () => changeToInstall(whole, bytes('somebody else wrote this\n')),
    (error) => isAtoError(error, 'wrong-state'),
  );
});

test('any JSON object, laid out in any way, is given back to the byte', () => {
  const key = fc.oneof(
    fc.constantFrom('hooks', 'mcpServers', 'mcp', 'servers', 'Stop'),
    fc.string(),
  );
  const value = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 });
  const layout = fc.constantFrom('', '  ', '\t', '    ');
  const eol = fc.constantFrom('\n', '\r\n');
  const end = fc.constantFrom('', '\n', '\n\n', '  ');
  const files = targets().filter(({ content }) => content.is === 'json');
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      value,
      layout,
      eol,
      end,
      (target, of, unit, line, tail) => {
        const form = JSON.stringify(of, undefined, unit).replaceAll('\n', line) + tail;
        let change: ReturnType<typeof installed>;
        try {
          change = installed(target, bytes(form));
        } catch (error) {
          // A value of another type where ours go is refused, never changed.
          assert.ok(isAtoError(error, 'invalid'), String(error));
          return;
        }
        assert.equal(text(changeToUninstall(change.target, change.next).next), form);
        const again = changeToUninstall(change.target, bytes(`${text(change.next) ?? ''} `));
        assert.equal(text(again.next), `${form} `);
      },
    ),
    { numRuns: 300 },
  );
});

test('a command is one that a shell takes apart into its words, and is known again', () => {
  const words = [
    '/opt/node 20/bin/node',
    '/opt/ada\'s $HOME `x` \\ "y"/dist/hook.cjs',
    'claude-code',
    'Stop',
    '--store',
    '/srv/größe & more;',
  ];
  const line = shellLine(words, 'linux');
  assert.equal(
    line,
    `'/opt/node 20/bin/node' '/opt/ada'\\''s $HOME \`x\` \\ "y"/dist/hook.cjs' claude-code Stop --store '/srv/größe & more;'`,
  );
  assert.ok(isOurHook(line, 'claude-code') && !isOurHook(line, 'codex'));
  assert.ok(!isOurHook('node /my/own/hook.cjs', 'claude-code'));
  assert.ok(!isOurHook('node /my/own/hook.json claude-code', 'claude-code'));
});
