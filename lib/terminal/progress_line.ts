/**
 * What a line of progress says: pure, so that the same numbers give the same line.
 *
 * @module
 */
import { percent } from "./table.ts";

/** How far some work is. */
export interface Snapshot {
  readonly label: string;
  /** Finished, with those of earlier sessions. */
  readonly done: number;
  /** Finished in earlier sessions: no part of the rate. */
  readonly resumed: number;
  /** Undefined where it is not known. */
  readonly total: number | undefined;
  readonly seconds: number;
  /** Answers so far per arm. */
  readonly arms: ReadonlyMap<string, { readonly n: number; readonly correct: number }>;
  /** Whatever else matters now, for example the loss; may be empty. */
  readonly note: string;
}

/**
 * "gsm8k 123/200 (61 %)  3.1/s  ETA 0:25  pt 65.5 %  dpc 67.6 %", cut to a width.
 *
 * @param columns characters the line may have; endless by default
 */
export function progressLine(snapshot: Snapshot, columns = Infinity): string {
  const { label, done, resumed, total, seconds, arms, note } = snapshot;
  const share = total === undefined || total === 0
    ? String(done)
    : `${done}/${total} (${Math.floor((100 * done) / total)} %)`;
  const rate = seconds > 0 ? (done - resumed) / seconds : 0;
  const parts = [`${label} ${share}`];
  if (rate > 0) parts.push(rate >= 1 ? `${rate.toFixed(1)}/s` : `${(1 / rate).toFixed(1)} s each`);
  if (total !== undefined && done >= total) parts.push(`in ${clock(seconds)}`);
  else if (total !== undefined && rate > 0) parts.push(`ETA ${clock((total - done) / rate)}`);
  const accuracies = inOrder([...arms]).map(([arm, { n, correct }]) =>
    `${arm} ${percent(correct / n)} %`
  );
  // a control character of a label or note must not steer the terminal
  const lineOf = (shown: readonly string[]) =>
    [...parts, ...shown, ...(note === "" ? [] : [note])].join("  ").replace(/\p{Cc}/gu, " ");
  let line = lineOf(accuracies);
  // whole arms are left out, the last ones first
  while (line.length > columns && accuracies.pop() !== undefined) line = lineOf(accuracies);
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
}

/** What is asked about most stands first, where a narrow terminal cuts last: dpc, then pt. */
function inOrder<A>(arms: readonly (readonly [string, A])[]): readonly (readonly [string, A])[] {
  const rank = (name: string) => name === "dpc" ? 0 : name === "pt" ? 1 : 2;
  return arms.toSorted(([a], [b]) => rank(a) - rank(b));
}

/** Seconds as m:ss or h:mm:ss. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const start = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `${start}:${two(whole % 60)}`;
}
