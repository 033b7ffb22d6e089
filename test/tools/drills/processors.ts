/**
 * Processor time, so that a measurement can say what else the machine did meanwhile.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** Ticks of /proc in a second. */
const TICKS = 100;

/** Processor seconds of all processes of this machine so far. */
export function machineTime(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS;
}

/** Processor seconds of a process so far. */
export function processorTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
