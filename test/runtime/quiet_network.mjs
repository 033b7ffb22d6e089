/**
 * Runs a program in a network of its own for quiet_work_test.ts, where every name is this machine:
 * `unshare -rnm node quiet_network.mjs RESOLV_CONF PROGRAM ...`. Prints, as JSON, the names that were looked up and how many
 * connections were opened; then the same of a lookup and a connection of its own, which must be seen.
 *
 * @module
 */
import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { argv } from "node:process";

const [, , resolvConf, program, ...rest] = argv;
let [names, connections] = [[], 0];

execFileSync("ip", ["link", "set", "lo", "up"]);
execFileSync("mount", ["--bind", resolvConf, "/etc/resolv.conf"]);

const dns = createSocket("udp4");
dns.on("message", (query, { port, address }) => {
  const labels = [];
  let at = 12;
  while (query[at] > 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
    at += 1 + query[at];
  }
  names.push(labels.join("."));
  const isA = query.readUInt16BE(at + 1) === 1;
  const header = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  dns.send([header, query.subarray(12, at + 5), ...(isA ? [answer] : [])], port, address);
});
dns.bind(53, "127.0.0.1");
const https = createServer((socket) => {
  connections++;
  socket.on("error", () => {}).destroy();
}).listen(443);
await Promise.all([once(dns, "listening"), once(https, "listening")]);

/** What has been seen since the last call. */
function seen() {
  const result = { names: [...new Set(names)], connections };
  [names, connections] = [[], 0];
  return result;
}

const [code] = await once(spawn(program, rest, { stdio: "inherit" }), "exit");
const theirs = seen();
await once(connect(443, "own.example").on("error", () => {}), "close");
console.log(JSON.stringify({ code, theirs, own: seen() }));
dns.close();
https.close();
