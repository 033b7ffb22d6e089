/**
 * A server of this machine that speaks the Hub's API, with another one behind it as the Hub has for large files, and faults on demand.
 *
 * @module
 */
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The commit that its branch main is. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** What a server was asked: path, Range and Authorization. */
export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Files of the one repository, and what goes wrong. */
export interface HubContent {
  readonly files: Readonly<Record<string, Buffer>>;
  /** Kept as large files are: with SHA-256, behind a redirect. */
  readonly large: readonly string[];
  /** Of these the first answer breaks off in the middle. */
  readonly cut?: readonly string[];
  /** Of these other bytes are sent than listed. */
  readonly changed?: readonly string[];
  /** Where large files are redirected to instead. */
  readonly redirect?: string;
  /** Paths as they are listed instead. */
  readonly listedAs?: Readonly<Record<string, string>>;
  /** A token without which nothing is there. */
  readonly secret?: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const listen = (handler: Handler) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
      const server = createServer(handler);
      server.listen(0, "127.0.0.1", () => {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        resume(
          Effect.succeed({ url, close: () => void (server.closeAllConnections(), server.close()) }),
        );
      });
    }),
    ({ close }) => Effect.sync(close),
  );

const gitHash = (bytes: Buffer) =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/** Serves a repository org/tiny, model and dataset alike, for the scope. */
export const hubServer = (content: HubContent) =>
  Effect.gen(function* () {
    const { files, large, cut = [], changed = [], listedAs = {} } = content;
    const [hub, store]: [Asked[], Asked[]] = [[], []];
    const broken = new Set(cut);
    const note = (asked: Asked[], { url, headers: { range, authorization } }: IncomingMessage) =>
      asked.push({ path: url!, range, authorization });
    const send = (name: string, request: IncomingMessage, response: ServerResponse) => {
      const bytes = changed.includes(name) ? Buffer.alloc(files[name]!.length) : files[name]!;
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from });
      if (broken.delete(name)) {
        const half = bytes.subarray(from, Math.floor(bytes.length / 2));
        response.write(half, () => response.destroy());
      } else response.end(bytes.subarray(from));
    };
    const { url: storeUrl } = yield* listen((request, response) => {
      note(store, request);
      send(decodeURIComponent(request.url!.slice(1)), request, response);
    });
    const { url } = yield* listen((request, response) => {
      note(hub, request);
      const { pathname } = new URL(request.url!, "http://hub");
      const json = (value: unknown, status = 200) =>
        response.writeHead(status, { "content-type": "application/json" }).end(
          JSON.stringify(value),
        );
      if (
        content.secret !== undefined && request.headers.authorization !== `Bearer ${content.secret}`
      ) {
        return json({ error: "Repository not found" }, 401);
      }
      if (/^\/api\/(?:models|datasets)\/org\/tiny\/revision\/main$/.test(pathname)) {
        return json({ _id: "1", id: "org/tiny", sha: COMMIT, lastModified: "2026-01-01" });
      }
      if (new RegExp(`^/api/(?:models|datasets)/org/tiny/tree/${COMMIT}$`).test(pathname)) {
        return json(
          Object.entries(files).map(([path, bytes]) => ({
            type: "file",
            path: listedAs[path] ?? path,
            size: bytes.length,
            oid: gitHash(bytes),
            ...(large.includes(path)
              ? {
                lfs: {
                  oid: createHash("sha256").update(bytes).digest("hex"),
                  size: bytes.length,
                  pointerSize: 130,
                },
              }
              : {}),
          })),
        );
      }
      const [, name] =
        new RegExp(`^(?:/datasets)?/org/tiny/resolve/${COMMIT}/(.+)$`).exec(pathname) ?? [];
      if (name === undefined || !(name in files)) return json({ error: "not found" }, 404);
      return !large.includes(name)
        ? send(name, request, response)
        : response.writeHead(302, { location: content.redirect ?? `${storeUrl}/${name}` }).end();
    });
    return { url, asked: { hub, store } };
  });
