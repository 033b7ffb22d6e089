/**
 * A slow line to a server: all that goes through it comes so many milliseconds later, in both directions.
 *
 * @module
 */
import { connect, createServer, type Socket } from "node:net";
import { Effect, type Scope } from "effect";

/** Opens a line to a server's URL that ends with the scope; the URL at its near end. */
export const slowLine = (
  url: string,
  milliseconds: number,
): Effect.Effect<string, never, Scope.Scope> => {
  const { hostname, port } = new URL(url);
  const open = Effect.async<ReturnType<typeof createServer>>((resume) => {
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      delay(near, far, milliseconds);
      delay(far, near, milliseconds);
    });
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)));
  });
  return Effect.map(
    Effect.acquireRelease(open, (server) => Effect.sync(() => server.close())),
    (server) => `redis://127.0.0.1:${(server.address() as { readonly port: number }).port}/0`,
  );
};

function delay(from: Socket, to: Socket, milliseconds: number): void {
  const later = (happen: () => void) => void setTimeout(happen, milliseconds);
  from.on("data", (bytes) => later(() => to.write(bytes)));
  from.on("close", () => later(() => to.destroy()));
  from.on("error", () => {});
}
