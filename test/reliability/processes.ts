/**
 * What Linux says of processes.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Processes that a process has started. */
export function childrenOf(pid: number): readonly number[] {
  const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return ids.trim().split(" ").filter((id) => id !== "").map(Number);
}

/** The command line of a process; empty once it has ended. */
export function commandLineOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8");
}

/** Bytes of memory that a process holds. */
export function residentOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return 1024 * Number(kibibytes ?? 0);
}
