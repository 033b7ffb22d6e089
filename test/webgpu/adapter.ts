/**
 * A GPU for the tests: the adapter that the system has, else SwiftShader, the Vulkan driver on the CPU that comes with Debian's chromium.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";

const SWIFTSHADER = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
].find((file) => existsSync(file));

/** Makes Vulkan find SwiftShader, in this process and those that it starts, where no driver is named. */
export function useSwiftShader(): void {
  process.env["XDG_RUNTIME_DIR"] ||= tmpdir();
  if (SWIFTSHADER !== undefined && process.env["VK_DRIVER_FILES"] === undefined) {
    process.env["VK_ICD_FILENAMES"] ||= SWIFTSHADER;
  }
}
