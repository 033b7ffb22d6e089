/**
 * `dpc devices`: lists where a model can be computed.
 *
 * @module
 */
import { Console } from "effect";
import { cpus, totalmem } from "node:os";
import { json } from "../cli/finished_run.ts";
import { program } from "../cli/command.ts";
import { listDevices } from "../../lib/runtime/mod.ts";
import { Table } from "../../lib/terminal/mod.ts";

/** The command. */
export const command = program({
  name: "devices",
  about: "Lists where a model can be computed: what --device may name, and its limits.",
  examples: {
    "What is here": "npx dpc devices",
    "SwiftShader of Debian's chromium, a GPU in software for tests":
      "VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json npx dpc devices",
  },
  options: { json },
}, function* ({ json }) {
  const found = yield* listDevices;
  const rows = found.map(({ adapter }, index) => ({ device: `webgpu:${index}`, ...adapter! }));
  if (json) return yield* Console.log(JSON.stringify(rows, null, 2));
  const cpu = `${cpus().length} cores, ${gibibytes(totalmem())} of memory`;
  yield* Console.log(Table.render(
    ["device", "name", "driver", "float16", "largest buffer"],
    [
      ["cpu", cpus()[0]?.model ?? "unknown", cpu, "no", ""],
      ...rows.map(({ device, name, driver, isSoftware, f16, maxBufferBytes }) => [
        device,
        isSoftware ? `${name} (software)` : name,
        driver,
        f16 ? "yes" : "no",
        maxBufferBytes === undefined ? "not told" : gibibytes(maxBufferBytes),
      ]),
    ],
  ));
  if (rows.length === 0) {
    yield* Console.error(
      "No GPU: webgpu needs one and, on Linux, its Vulkan driver (libvulkan1 and the card's own)",
    );
  }
});

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
