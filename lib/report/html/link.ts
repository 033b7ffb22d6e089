/**
 * Addresses within a report; browser/address.js reads them.
 *
 * @module
 */
import { type Html, markup, type Part } from "./html.ts";

/** What instances are filtered by, such as `{ arm: "dpc", answer: "wrong" }`; undefined filters nothing. */
export type Filters = Readonly<Record<string, string | undefined>>;

/** The address of the instances that pass the filters: `#instances?arm=dpc&answer=wrong`. */
export function instancesAddress(filters: Filters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined) query.set(name, value);
  }
  return `#instances?${query}`;
}

/** A count that opens the instances that it counts; 0 opens nothing. */
export function countLink(count: number, filters: Filters): Part {
  return count === 0 ? 0 : markup`<a href="${instancesAddress(filters)}">${count}</a>`;
}

/** The filters of a stratum's value. */
export const ofStratum = (key: string, value: string): Filters => ({ [`stratum.${key}`]: value });

/** A name in code's type. */
export const code = (text: string): Html => markup`<code>${text}</code>`;
