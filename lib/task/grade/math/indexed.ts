/**
 * Expressions with sequences and sums, as numbers: "a_{n+1} = a_n + a_{n-1}" and "\sum_{k=0}^{n-1} G_k G_{n-k-1}" at a given n, with any
 * numbers as the members of a sequence.
 *
 * @module
 */

/** MathJSON, as the Compute Engine writes it. */
export type Json = unknown;

/** Whole numbers by the names of index variables. */
type Indices = ReadonlyMap<string, number>;

/** Terms that a sum is worked out for. */
const MOST_TERMS = 60;

/** The variables that stand in an index or a limit of a sum and are bound by no sum: n in both examples. */
export function indexVariables(expressions: readonly Json[]): readonly string[] {
  const found = new Set<string>();
  const symbols = (json: Json, bound: ReadonlySet<string>) => {
    if (typeof json === "string" && /^[a-z]$/.test(json) && !bound.has(json)) found.add(json);
    else if (Array.isArray(json)) json.slice(1).forEach((each) => symbols(each, bound));
  };
  const visit = (json: Json, bound: ReadonlySet<string>) => {
    if (!Array.isArray(json)) return;
    const [head, first, second] = json;
    const range = isSum(head) ? limitsOf(second) : undefined;
    if (head === "Subscript") symbols(second, bound);
    else if (range === undefined) json.slice(1).forEach((each) => visit(each, bound));
    else {
      symbols(range.low, bound);
      symbols(range.high, bound);
      visit(first, new Set([...bound, range.variable]));
    }
  };
  for (const json of expressions) visit(json, new Set());
  return [...found].sort();
}

/** The expression with its sums written out and its sequences' members as numbers; undefined where an index is not a whole number. */
export function ground(json: Json, indices: Indices): Json | undefined {
  if (typeof json === "string") {
    const [, name, index = ""] = /^([a-zA-Z]+)_([a-z])$/.exec(json) ?? [];
    const value = indices.get(index);
    return name !== undefined && value !== undefined
      ? member(name, value)
      : indices.get(json) ?? json;
  }
  if (!Array.isArray(json)) return json;
  const [head, first, second] = json;
  if (head === "Subscript" && typeof first === "string") {
    const index = wholeNumber(second, indices);
    return index === undefined ? undefined : member(first, index);
  }
  const range = isSum(head) ? limitsOf(second) : undefined;
  if (range === undefined) return all(json.slice(1).map((each) => ground(each, indices)), head);
  const [low, high] = [wholeNumber(range.low, indices), wholeNumber(range.high, indices)];
  if (low === undefined || high === undefined || high - low >= MOST_TERMS) return undefined;
  const terms = Array.from(
    { length: Math.max(0, high - low + 1) },
    (_, step) => ground(first, new Map([...indices, [range.variable, low + step]])),
  );
  return terms.length === 0
    ? (head === "Sum" ? 0 : 1)
    : all(terms, head === "Sum" ? "Add" : "Multiply");
}

const isSum = (head: Json): head is "Sum" | "Product" => head === "Sum" || head === "Product";

function limitsOf(json: Json): { variable: string; low: Json; high: Json } | undefined {
  if (!Array.isArray(json) || !/^(?:Limits|Tuple|Triple)$/.test(String(json[0]))) return undefined;
  const [, variable, low, high] = json;
  return typeof variable === "string" && high !== undefined ? { variable, low, high } : undefined;
}

function all(parts: readonly (Json | undefined)[], head: Json): Json | undefined {
  return parts.includes(undefined) ? undefined : [head, ...parts];
}

function wholeNumber(json: Json, indices: Indices): number | undefined {
  if (typeof json === "number") return Number.isInteger(json) ? json : undefined;
  if (typeof json === "string") return indices.get(json);
  if (!Array.isArray(json)) return undefined;
  const parts = json.slice(1).map((each) => wholeNumber(each, indices));
  if (parts.includes(undefined)) return undefined;
  const [first = 0, ...rest] = parts as number[];
  switch (json[0]) {
    case "Add":
      return rest.reduce((sum, each) => sum + each, first);
    case "Multiply":
      return rest.reduce((product, each) => product * each, first);
    case "Subtract":
      return first - (rest[0] ?? 0);
    case "Negate":
      return -first;
    default:
      return undefined;
  }
}

/** A number that no two members of sequences are likely to share. */
function member(name: string, index: number): number {
  let hash = 17;
  for (const character of `${name}_${index}`) hash = (hash * 31 + character.charCodeAt(0)) % 99_991;
  return hash % 997 + 2;
}
