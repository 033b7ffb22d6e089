/**
 * Preloaded by quiet_test.ts: says on stdout what the environment holds when ONNX Runtime's library is loaded, in whichever thread.
 *
 * @module
 */
import process from "node:process";

const { dlopen } = process;

process.dlopen = (module, file, ...flags) => {
  if (file.includes("onnxruntime")) console.log("loaded with", process.env.ORT_DISABLE_TELEMETRY);
  return dlopen.call(process, module, file, ...flags);
};
