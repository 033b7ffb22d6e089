/**
 * Requests to the Hub: the token goes to its own host and to no other, and a redirect leads over https or nowhere.
 *
 * @module
 */

/** A redirect that is not followed. */
export class RefusedRedirect extends Error {}

/** Redirects that are followed one after the other. */
const MOST_REDIRECTS = 5;

/** This machine itself. */
const isLoopback = ({ hostname }: URL): boolean =>
  ["localhost", "127.0.0.1", "[::1]"].includes(hostname);

/** https, or http to this machine itself. */
export function isSecure(url: string | URL): boolean {
  const parsed = new URL(url);
  return parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopback(parsed));
}

/**
 * A `fetch` for one host.
 *
 * @param endpoint the Hub's address; only it gets the token
 * @param token of the user; none is sent without one
 */
export function guardedFetch(endpoint: string, token: string | undefined): typeof fetch {
  const home = new URL(endpoint);
  return async (input, init) => {
    let url = new URL(input instanceof Request ? input.url : input);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const headers = new Headers(init?.headers);
      headers.delete("authorization");
      if (token !== undefined && url.origin === home.origin) {
        headers.set("authorization", `Bearer ${token}`);
      }
      const response = await fetch(url, { ...init, headers, redirect: "manual" });
      const location = response.headers.get("location");
      if (response.status < 300 || response.status >= 400 || location === null) return response;
      await response.body?.cancel();
      url = new URL(location, url);
      // a server elsewhere has no business with this machine
      if (!isSecure(url) || (isLoopback(url) && !isLoopback(home))) {
        throw new RefusedRedirect(
          `it redirects to '${url.origin}': only https to other machines is followed`,
        );
      }
    }
    throw new RefusedRedirect(`it redirects more than ${MOST_REDIRECTS} times`);
  };
}
