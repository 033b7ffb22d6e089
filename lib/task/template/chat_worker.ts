/**
 * The thread of ./chat.ts.
 *
 * @module
 */
import { answerCalls } from "../../runtime/mod.ts";
import { renderChat } from "./chat_rendering.ts";

answerCalls(renderChat);
