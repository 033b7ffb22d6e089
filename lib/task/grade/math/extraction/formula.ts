/**
 * Formulas between their marks in a text: $..$, $$..$$, \(..\) and \[..\].
 *
 * @module
 */

/** Characters of a formula that are looked at. */
const LONGEST = 4000;

/** The formula that a text begins with: $..$, $$..$$, \(..\) or \[..\]. */
export function openingFormula(text: string): string | undefined {
  const body = text.replace(/^[*_:\s]{1,8}/, "");
  for (const [open, close] of FORMULAS) {
    if (!body.startsWith(open)) continue;
    let end = body.indexOf(close, open.length);
    while (end > 0 && body[end - 1] === "\\") end = body.indexOf(close, end + 1);
    return end < 0 ? undefined : body.slice(open.length, end);
  }
  return undefined;
}

const FORMULAS = [["$$", "$$"], ["$", "$"], ["\\(", "\\)"], ["\\[", "\\]"]] as const;

/** The formula that ends last, whatever its marks. */
export function findLastFormula(text: string): string | undefined {
  const ends = FORMULAS.slice(2).map(([open, close]) => {
    const end = text.lastIndexOf(close);
    const start = end < 0 ? -1 : text.lastIndexOf(open, end - 1);
    return { end, content: start < 0 ? "" : text.slice(start + open.length, end) };
  });
  ends.push(lastInline(text));
  const dollars = text.lastIndexOf("$$");
  const display = dollars < 0 ? -1 : text.lastIndexOf("$$", dollars - 2);
  if (display >= 0) ends.push({ end: dollars + 1, content: text.slice(display + 2, dollars) });
  const last = ends.filter(({ content }) => content.trim() !== "")
    .reduce<{ end: number; content: string } | undefined>(
      (latest, each) => latest === undefined || each.end >= latest.end ? each : latest,
      undefined,
    );
  return last?.content.replace(/^\$|\$$/g, "").trim();
}

/** Whether a text ends inside a formula: its last mark opens one, and no sentence ends after it. */
export function endsInFormula(text: string): boolean {
  const marks = Array.from(text.matchAll(/(?<![\\$])\$(?!\$)/g), ({ index }) => index);
  const open = Math.max(
    marks.length % 2 === 1 ? marks.at(-1)! : -1,
    openAt(text, 2),
    openAt(text, 3),
  );
  const rest = open < 0 ? "" : text.slice(open, open + LONGEST / 4).trimEnd();
  // "So it costs 15$"
  if (rest === "$" && /\d ?$/.test(text.slice(Math.max(0, open - 2), open))) return false;
  return rest !== "" && !/[.!?:]$|\n\n|^\$\d[\d,.]*(?:\s|$)/.test(rest);
}

function openAt(text: string, kind: 2 | 3): number {
  const [open, close] = FORMULAS[kind];
  const at = text.lastIndexOf(open);
  return at > text.lastIndexOf(close) ? at : -1;
}

/** Words, as they stand between two formulas: ". Thus," or "and", or three of them in a row. */
const PROSE =
  /^[\s.,;:]*(?:[a-z]{2,}|[A-Z][a-z]+)[\s.,;:]*$|^[.,;:]\s|(?:[a-zA-Z]{2,}[.,]?\s+){2}[a-zA-Z]{2,}/;

/** The last pair of "$", unless what it encloses is prose: then one of them is a currency, or has no partner. */
function lastInline(text: string): { end: number; content: string } {
  const marks = Array.from(text.matchAll(/(?<!\\)\$/g), ({ index }) => index);
  const last = marks.length - 1 - marks.length % 2;
  for (const at of [last, marks.length - 2 + marks.length % 2]) {
    const [start, end] = [marks[at - 1], marks[at]];
    if (start === undefined || end === undefined) continue;
    const content = text.slice(start + 1, end);
    const plain = content.slice(0, LONGEST).replace(/\\text\{[^{}]*\}|\\[a-zA-Z]+/g, "");
    if (content.trim() === "" || !PROSE.test(plain)) return { end, content };
  }
  return { end: -1, content: "" };
}
