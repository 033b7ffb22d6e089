/**
 * The instances that the report holds.
 *
 * @module
 */
import { byId } from "./elements.js";

/** @import { Instance } from "../run_data/instances.ts" */

/** @type {{ readonly against: string, readonly arms: readonly string[] }} */
export const meta = JSON.parse(byId("meta").textContent ?? "");

/** @type {Promise<readonly Instance[]> | undefined} */
let instances;

/** The instances in the order of the run, unpacked when they are first asked for. */
export function loadInstances() {
  instances ??= unpackAll();
  return instances;
}

async function unpackAll() {
  const blocks = [...document.querySelectorAll("script.block")];
  const texts = await Promise.all(blocks.map((block) => unpack(block.textContent ?? "")));
  for (const block of blocks) block.remove();
  return texts
    .flatMap((text) => text.split("\n"))
    .map((line) => /** @type {Instance} */ (JSON.parse(line)))
    .sort((a, b) => a.line - b.line);
}

/**
 * Text of a gzip block in base64.
 *
 * @param {string} block
 */
function unpack(block) {
  const binary = atob(block);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  const unzipped = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unzipped).text();
}
