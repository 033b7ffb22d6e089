/**
 * The thread's side of {@linkcode ./guard.ts}.
 *
 * @module
 */
import { workerData } from "node:worker_threads";
import type { CallData, Reply } from "./guard.ts";

/** Answers calls for as long as the thread lives. */
export function answerCalls<Request, Response>(answer: (request: Request) => Response): void {
  const { port, replies } = workerData as CallData;
  const tell = () => {
    Atomics.add(replies, 0, 1);
    Atomics.notify(replies, 0);
  };
  port.on("message", ({ id, request }: { readonly id: number; readonly request: Request }) => {
    let reply: Reply;
    try {
      reply = { id, value: answer(request) };
    } catch (error) {
      reply = { id, error: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(reply);
    tell();
  });
  tell();
}
