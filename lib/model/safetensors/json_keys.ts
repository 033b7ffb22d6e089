/**
 * Finding a key that one JSON object holds twice, which `JSON.parse` hides by keeping the last.
 *
 * @module
 */

/**
 * Finds a repeated key of the outermost object.
 *
 * @param text valid JSON (check it by `JSON.parse` first)
 * @returns the first key that comes twice, or undefined; escapes are resolved, so "a" and "\u0061" are the same key
 */
export function repeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  let atKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = stringEnd(text, at);
      if (depth === 1 && atKey) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (seen.has(key)) return key;
        seen.add(key);
        atKey = false;
      }
      at = end - 1;
    } else if (character === "{" || character === "[") {
      depth += 1;
      atKey = depth === 1 && character === "{";
    } else if (character === "}" || character === "]") {
      depth -= 1;
    } else if (character === "," && depth === 1) {
      atKey = true;
    }
  }
  return undefined;
}

/** The index just past the string literal that starts at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
