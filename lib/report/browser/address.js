/**
 * The address after "#" says what is shown: page, instance, filters. `#instances/test-3@seed0?arm=dpc&first=wrong`
 *
 * @module
 */

/** What the address names. */
export function readAddress() {
  const text = location.hash.slice(1);
  const [path = ""] = text.split("?", 1);
  const [page = "", id] = path.split("/", 2);
  return { page, id: decoded(id), query: new URLSearchParams(text.slice(path.length + 1)) };
}

/**
 * The address of a page, or of an instance.
 *
 * @param {string} page
 * @param {URLSearchParams} query
 * @param {string} [id]
 */
export function addressOf(page, query, id) {
  const asked = String(query);
  return `#${page}${id === undefined ? "" : `/${encodeURIComponent(id)}`}${
    asked === "" ? "" : `?${asked}`
  }`;
}

/**
 * Changes the address without a new step of the browser's history.
 *
 * @param {string} address
 */
export function replaceAddress(address) {
  history.replaceState(null, "", address);
}

/** @param {string | undefined} text */
function decoded(text) {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}
