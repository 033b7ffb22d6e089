/**
 * Turns off ONNX Runtime's telemetry, which it reads from the environment of the process when its first session is made. Whoever imports
 * a package that loads the library imports this module first.
 *
 * @module
 */
import process from "node:process";
import { isMainThread } from "node:worker_threads";

const NAME = "ORT_DISABLE_TELEMETRY";
/** How long the main thread may take to answer, in milliseconds. */
const LIMIT = 10_000;

/** Deno's own access to the environment of the process: in its workers too `process.env` is a copy. */
const { Deno } = globalThis as {
  readonly Deno?: {
    readonly env: { get(name: string): string | undefined; set(name: string, value: string): void };
  };
};

const inherited = process.env[NAME];
const value = inherited || "1";
process.env[NAME] = value;
if (Deno !== undefined && !Deno.env.get(NAME)) Deno.env.set(NAME, value);

let silent: Promise<void> | undefined;

/**
 * Resolves once native code sees the variable. In a thread of Node `process.env` is a copy, so the main thread, which may never have
 * imported this module, is asked to set it.
 */
export function silence(): Promise<void> {
  return silent ??= isMainThread || Deno !== undefined ? Promise.resolve() : silenceMainThread();
}

async function silenceMainThread(): Promise<void> {
  try {
    await evaluateOnMainThread(`process.env.${NAME} ||= ${JSON.stringify(value)}`);
  } catch (error) {
    // the thread was started with a copy of an environment that has it
    if (inherited) return;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `its telemetry cannot be turned off from this thread (${reason}): set ${NAME}=1 in the environment of the process`,
    );
  }
}

async function evaluateOnMainThread(expression: string): Promise<void> {
  const { Session } = await import("node:inspector");
  const session = new Session();
  try {
    session.connectToMainThread();
    await new Promise<void>((resolve, reject) => {
      // keeps the thread alive too, which a session does not
      const timer = setTimeout(() => reject(new Error("the main thread does not answer")), LIMIT);
      session.post("Runtime.evaluate", { expression }, (error, answer) => {
        clearTimeout(timer);
        const thrown = error?.message ?? answer?.exceptionDetails?.text;
        if (thrown === undefined) resolve();
        else reject(new Error(thrown));
      });
    });
  } finally {
    session.disconnect();
  }
}
