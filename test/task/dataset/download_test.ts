import { FetchHttpClient, FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { download, type Source, SOURCES } from "../../../lib/task/mod.ts";
import { effectTest } from "../../support.ts";

const CONTENT = Buffer.from("0123456789".repeat(5000));

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server of this machine for the scope; gives its address and the Range headers it has seen. */
function serve(handler: Handler) {
  return Effect.acquireRelease(
    Effect.async<{ url: string; ranges: (string | undefined)[]; close: () => void }>((resume) => {
      const ranges: (string | undefined)[] = [];
      const server = createServer((request, response) => {
        ranges.push(request.headers.range);
        handler(request, response);
      });
      server.listen(0, "127.0.0.1", () => {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
        resume(Effect.succeed({ url, ranges, close: () => server.close() }));
      });
    }),
    ({ close }) => Effect.sync(close),
  );
}

/** Serves the content, from where a Range header asks. */
const whole: Handler = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200);
  response.end(CONTENT.subarray(from));
};

const sourceOf = (url: string): Source => ({
  task: "x",
  file: "x/rows.jsonl",
  url,
  bytes: CONTENT.length,
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
});

/** Downloads into a folder that may hold a part already. */
const attempt = (source: Source, part?: Uint8Array) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    const target = `${folder}/${source.file}`;
    if (part !== undefined) {
      yield* fs.makeDirectory(`${folder}/x`);
      yield* fs.writeFile(`${target}.part`, part);
    }
    const outcome = yield* Effect.either(download(source, folder));
    const again = yield* Effect.either(download(source, folder));
    const content = yield* Effect.option(fs.readFile(target));
    return { outcome, again, content };
  }).pipe(Effect.provide(FetchHttpClient.layer));

const right = (attempted: Effect.Effect.Success<ReturnType<typeof attempt>>) => {
  assert.is(attempted.content._tag, "Some");
  if (attempted.content._tag === "Some") {
    assert.ok(CONTENT.equals(attempted.content.value));
  }
};
const messageOf = ({ outcome }: Effect.Effect.Success<ReturnType<typeof attempt>>) =>
  outcome._tag === "Left" ? outcome.left.message : "";

test(
  "download() brings the file once",
  effectTest(() =>
    Effect.gen(function* () {
      const server = yield* serve(whole);
      const done = yield* attempt(sourceOf(server.url));
      right(done);
      assert.is(done.outcome._tag === "Right" && done.outcome.right, "downloaded");
      assert.is(done.again._tag === "Right" && done.again.right, "already there");
      assert.equal(server.ranges, [undefined]);
    })
  ),
);

test(
  "download() goes on where an earlier attempt stopped",
  effectTest(() =>
    Effect.gen(function* () {
      const server = yield* serve(whole);
      right(yield* attempt(sourceOf(server.url), CONTENT.subarray(0, 1234)));
      assert.equal(server.ranges, ["bytes=1234-"]);
    })
  ),
);

test(
  "download() starts anew where the server knows no ranges",
  effectTest(() =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end(CONTENT));
      right(yield* attempt(sourceOf(server.url), CONTENT.subarray(0, 1234)));
    })
  ),
);

test(
  "download() goes on by itself when the connection breaks",
  effectTest(() =>
    Effect.gen(function* () {
      let broken = false;
      const server = yield* serve((request, response) => {
        if (broken) return whole(request, response);
        broken = true;
        response.writeHead(200, { "content-length": CONTENT.length });
        response.write(CONTENT.subarray(0, 20_000), () => response.destroy());
      });
      right(yield* attempt(sourceOf(server.url)));
      assert.is(server.ranges.length, 2);
    })
  ),
);

test(
  "download() throws away what has another sum or another length",
  effectTest(() =>
    Effect.gen(function* () {
      const other = yield* serve((_, response) => response.end(Buffer.alloc(CONTENT.length)));
      const wrong = yield* attempt(sourceOf(other.url));
      assert.match(messageOf(wrong), /size or SHA-256 is not the expected one/);
      assert.is(wrong.content._tag, "None");
      const longer = yield* serve((_, response) => response.end(Buffer.alloc(CONTENT.length + 1)));
      assert.match(messageOf(yield* attempt(sourceOf(longer.url))), /longer than 50000 bytes/);
    })
  ),
);

test(
  "download() says in one line what the server or the network refuses",
  effectTest(() =>
    Effect.gen(function* () {
      const gone = yield* serve((_, response) => response.writeHead(404).end());
      assert.match(messageOf(yield* attempt(sourceOf(gone.url))), /the server answered 404$/);
      const silent = messageOf(yield* attempt(sourceOf("http://127.0.0.1:9/file")));
      assert.match(
        silent,
        /^Cannot download [^\n]*no connection to 127\.0\.0\.1[^\n]*run the command again/,
      );
    })
  ),
);

test(
  "download() refuses http to other machines",
  effectTest(() =>
    Effect.gen(function* () {
      const refused = yield* attempt(sourceOf("http://example.org/file"));
      assert.match(messageOf(refused), /only https is allowed/);
    })
  ),
);

test("SOURCES are https, with sizes and sums", () => {
  for (const { url, bytes, sha256 } of SOURCES) {
    assert.is(new URL(url).protocol, "https:");
    assert.ok(bytes > 0);
    assert.match(sha256, /^[0-9a-f]{64}$/);
  }
});

test.run();
