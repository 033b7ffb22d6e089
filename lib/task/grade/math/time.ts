/**
 * Times of the day: "9 a.m.", "3:45 PM", "15:45".
 *
 * @module
 */

interface Time {
  /** From 0 to 23 where it is known which half of the day is meant, else from 1 to 12. */
  readonly hour: number;
  readonly minute: number;
  readonly half: "a" | "p" | undefined;
}

/** Whether two answers are the same time of the day; undefined where the gold answer is none. */
export function sameTime(gold: string, answer: string): boolean | undefined {
  const wanted = readTime(gold);
  if (wanted === undefined) return undefined;
  const given = readTime(answer, wanted.minute === 0);
  if (given === undefined) return wanted.half === undefined ? undefined : false;
  return wanted.minute === given.minute && wanted.hour % 12 === given.hour % 12 &&
    (wanted.half === undefined || given.half === undefined || wanted.half === given.half);
}

/** @param bare whether an hour alone is a time too */
function readTime(text: string, bare = false): Time | undefined {
  const plain = text.replace(/\\(?:text|mathrm|mbox|textrm) ?/g, "").replace(
    /\\[!,;: ]|[{}$~\s]/g,
    "",
  )
    .replace(/^(?:at)|(?:o['’]?clock)$|(?<=[ap])\.(?=m)|\.$/gi, "");
  const [, hours = "", minutes, half] = /^(\d{1,2})(?::([0-5]\d))?(?:([ap])m)?$/i.exec(plain) ?? [];
  const hour = Number(hours);
  const isTime = minutes !== undefined || half !== undefined || bare;
  if (hours === "" || !isTime || hour > 24) return undefined;
  const named = half?.toLowerCase() as "a" | "p" | undefined;
  return { hour, minute: Number(minutes ?? 0), half: named ?? (hour > 12 ? "p" : undefined) };
}
