/** Installing for an agent and undoing it: planned as changes of files first, then carried out. */
import { type AgentPlace, agentFiles, type InstallAgent } from './agent-files.ts';
import { changeFiles, firstPlace, readAgentFile, removeEmptyFolders } from './change-files.ts';
import {
  changeToInstall,
  changeToUninstall,
  type FileChange,
  type FileTarget,
} from './file-change.ts';
import { forgetInstalled, type Installed, readInstalled, writeInstalled } from './installed.ts';

export interface InstallationPlan {
  readonly kind: 'install' | 'uninstall';
  /** Where the note of it is kept. */
  readonly folder: string;
  readonly changes: readonly FileChange[];
  /** What was installed before. */
  readonly installed?: Installed;
}

/** What is to be done; nothing is written. AtoError `invalid`, `wrong-state`, `failed`. */
export async function planInstallation(
  kind: InstallationPlan['kind'],
  { agent, place, folder }: { agent: InstallAgent; place: AgentPlace; folder: string },
): Promise<InstallationPlan> {
  const installed = await readInstalled(folder);
  const change = kind === 'install' ? changeToInstall : changeToUninstall;
  const changes: FileChange[] = [];
  for (const [at, { places, content }] of agentFiles(agent, place).entries()) {
    const noted = installed?.files[at];
    const note = noted !== undefined && places.includes(noted.path) ? noted : undefined;
    const path = note?.path ?? (await firstPlace(places));
    const target: FileTarget = { path, content, ...(note === undefined ? {} : { note }) };
    changes.push(change(target, await readAgentFile(path)));
    // The agent keeps its settings elsewhere now: the place before is left as it was found.
    if (noted !== undefined && note === undefined) {
      const left = { path: noted.path, content, note: noted };
      changes.push(changeToUninstall(left, await readAgentFile(noted.path)));
    }
  }
  return { kind, folder, changes, ...(installed === undefined ? {} : { installed }) };
}

/** AtoError `changed` where a file is no longer as planned on; then, and on any fault, all is as before. */
export async function carryOutInstallation(plan: InstallationPlan): Promise<void> {
  const { folder, changes, installed } = plan;
  const before = installed?.folders ?? [];
  if (plan.kind === 'uninstall') {
    await changeFiles(changes);
    await removeEmptyFolders(before);
    return forgetInstalled(folder);
  }
  const files = changes.flatMap(({ note }) => (note === undefined ? [] : [note]));
  // The note first: whatever is written after it can be taken back, also after a crash.
  await writeInstalled(folder, { files, folders: before });
  try {
    const made = await changeFiles(changes);
    const folders = [...before, ...made.filter((each) => !before.includes(each))];
    await writeInstalled(folder, { files, folders });
  } catch (error) {
    if (installed === undefined) await forgetInstalled(folder);
    else await writeInstalled(folder, installed);
    throw error;
  }
}
