/**
 * The thread of ./jinja.ts.
 *
 * @module
 */
import { answerCalls } from "../../runtime/mod.ts";
import { renderJinja } from "./jinja_rendering.ts";

answerCalls(renderJinja);
