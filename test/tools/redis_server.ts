/**
 * A Redis server of a tool's own.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

/** Starts a server on a free port that keeps nothing. */
export async function startRedis(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { readonly port: number };
  probe.close();
  await once(probe, "close");
  const options = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const text of server.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    if (text.includes("Ready to accept connections")) break;
  }
  server.stdout.resume();
  return { url: `redis://127.0.0.1:${port}/0`, stop: () => void server.kill() };
}
