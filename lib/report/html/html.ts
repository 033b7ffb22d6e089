/**
 * HTML in which every value is text unless it was made by {@linkcode markup} itself.
 *
 * @module
 */

/** Markup that may go into a document as it is. */
export class Html {
  readonly text: string;

  /** Trusts the text: {@linkcode markup} is the way to put values into markup. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What can stand in a template: text is escaped, markup is not, null is nothing, arrays are joined. */
export type Part = Html | string | number | null | readonly Part[];

/** Markup from a template. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, i) => (i === 0 ? "" : render(parts[i - 1]!)) + text).join(""));
}

function render(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escape(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (found) => ENTITIES[found]!);

/** JSON that may stand in a script element: without `<`, no text can end the element or begin a comment. */
export function jsonScript(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll("<", "\\u003c"));
}
