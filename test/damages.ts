/**
 * Ways in which a file may be damaged.
 *
 * @module
 */

/** By name; undefined where the file is to go. */
export const DAMAGES: Readonly<Record<string, (content: Uint8Array) => Uint8Array | undefined>> = {
  truncated: (content) => content.slice(0, content.length >> 1),
  zeroed: (content) => new Uint8Array(content.length),
  missing: () => undefined,
  "with a flipped bit": (content) => {
    // a copy: slice() of what Node reads shares its memory
    const changed = Uint8Array.from(content);
    changed[content.length >> 1]! ^= 1;
    return changed;
  },
};
