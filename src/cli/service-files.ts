/** The files by which systemd and launchd start a daemon, as text. */
import { AtoError } from '../errors.ts';

export type ServiceKind = 'systemd' | 'launchd';

export interface ServicePlan {
  /** Such as `atocore`; the unit and the label are made of it. */
  readonly name: string;
  /** Program and arguments, paths absolute. */
  readonly command: readonly string[];
  readonly folder: string;
  /** What the daemon is to find in its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** In the first lines of what we wrote; a file without it is somebody else's. */
export const MARK = 'Written by atocore service install';

/** Codes that starting again doesn't mend: usage, not allowed, not a store, locked. */
const NEVER_AGAIN = [2, 4, 10, 11];

/** AtoError `invalid` for a path that no file of this kind can hold. */
export function serviceText(kind: ServiceKind, plan: ServicePlan): string {
  for (const text of [...plan.command, plan.folder, ...Object.values(plan.environment)]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    if (!/[\u0000-\u001f\u007f]/.test(text)) continue;
    const found = JSON.stringify(text);
    throw new AtoError('invalid', `Expected paths without control characters, found ${found}.`);
  }
  return kind === 'systemd' ? unitText(plan) : plistText(plan);
}

function unitText({ command, folder, environment }: ServicePlan): string {
  const [program = '', ...words] = command;
  const line = [quoted(program), ...words.map((word) => quoted(word).replaceAll('$', '$$$$'))];
  const variables = Object.entries(environment).map(
    ([name, value]) => `Environment=${quoted(`${name}=${value}`)}`,
  );
  return `# ${MARK}; atocore service uninstall removes it.
[Unit]
Description=AtoCore, the context engine of ${folder.replaceAll('%', '%%')}
After=network.target

[Service]
Type=simple
ExecStart=${line.join(' ')}
${variables.map((variable) => `${variable}\n`).join('')}Restart=on-failure
RestartSec=5
RestartPreventExitStatus=${NEVER_AGAIN.join(' ')}
TimeoutStopSec=30
UMask=0077
NoNewPrivileges=true

[Install]
WantedBy=default.target
`;
}

/** One word of a unit file: `%` would be replaced, quotes and backslashes would end or change it. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return `"${escaped}"`;
}

function plistText({ name, command, folder, environment }: ServicePlan): string {
  const words = command.map((word) => `    <string>${escapedXml(word)}</string>`);
  const variables = Object.entries(environment).map(
    ([key, value]) =>
      `    <key>${escapedXml(key)}</key>\n    <string>${escapedXml(value)}</string>`,
  );
  const ofEnvironment =
    variables.length === 0
      ? ''
      : `  <key>EnvironmentVariables</key>\n  <dict>\n${variables.join('\n')}\n  </dict>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${MARK}; atocore service uninstall removes it. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${escapedXml(labelOf(name))}</string>
  <key>ProgramArguments</key>
  <array>
${words.join('\n')}
  </array>
${ofEnvironment}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardErrorPath</key>
  <string>${escapedXml(`${folder}/.atocore/logs/stderr.log`)}</string>
</dict>
</plist>
`;
}

export function labelOf(name: string): string {
  return `org.atocore.${name}`;
}

function escapedXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
