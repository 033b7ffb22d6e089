/**
 * The instances that the report holds.
 *
 * @module
 */
import { byId } from "./elements.js";

/** @import { Instance } from "../run_data/instances.ts" */

/** @type {{ readonly name: string, readonly against: string, readonly arms: readonly string[] }} */
export const meta = JSON.parse(byId("meta").textContent ?? "");

/** @type {Promise<readonly Instance[]> | undefined} */
let instances;

/** The instances in the order of the run, unpacked when they are first asked for. */
export function loadInstances() {
  instances ??= unpackAll();
  return instances;
}

async function unpackAll() {
  await wholeDocument();
  const blocks = [...document.querySelectorAll("script.block")];
  const texts = await Promise.all(blocks.map((block) => unpack(block.textContent ?? "")));
  for (const block of blocks) block.remove();
  return texts
    .flatMap((text) => text.split("\n"))
    .map((line) => /** @type {Instance} */ (JSON.parse(line)))
    .sort((a, b) => a.line - b.line);
}

/** The script runs before the instances, which stand behind it, are there. */
function wholeDocument() {
  return new Promise((resolve) => {
    if (document.readyState !== "loading") resolve(undefined);
    else document.addEventListener("DOMContentLoaded", resolve);
  });
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

/**
 * Whether the answer before any correction is right, as in the report's other pages; undefined where no arm says so.
 *
 * @param {Instance} instance
 */
export function firstIsRight({ arms }) {
  const uncorrected = Object.values(arms).find(({ trigger, first }) =>
    trigger !== null && first === null
  );
  return arms[meta.against]?.correct ?? uncorrected?.correct;
}

/**
 * The answer before any correction.
 *
 * @param {Instance} instance
 */
export function firstText({ arms }) {
  const triggered = Object.values(arms).find(({ trigger }) => trigger !== null);
  return arms[meta.against]?.text ?? triggered?.first ?? triggered?.text ?? "";
}
