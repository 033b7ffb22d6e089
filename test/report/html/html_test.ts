import * as fc from "fast-check";
import { parseHTML } from "linkedom";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { jsonScript, markup } from "../../../lib/report/html/html.ts";
import { HOSTILE } from "../support.ts";

test("markup`` escapes text in elements and attributes, keeps markup, joins arrays, drops null", () => {
  assert.is(
    markup`<b title="${`"'&<>`}">${"<i>"}${markup`<i>`}${[1, "&"]}${null}</b>`.text,
    '<b title="&quot;&#39;&amp;&lt;&gt;">&lt;i&gt;<i>1&amp;</b>',
  );
});

test("markup`` gives a parser back the text that went in, whatever it is", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."<>\"'&;/!-=ab \u2028") }), (text) => {
    const { document } = parseHTML(markup`<p title="${text}">${text}</p>`.text);
    const { children } = document;
    assert.is(children.length, 1);
    assert.is(children[0]!.children.length, 0);
    assert.is(children[0]!.textContent, text);
    assert.is(children[0]!.getAttribute("title"), text);
  }));
});

test("jsonScript() has no character that ends a script or begins a comment, and stays JSON", () => {
  const value = { key: HOSTILE, "</script>": [HOSTILE] };
  const { text } = jsonScript(value);
  assert.not.ok(text.includes("<"));
  assert.equal(JSON.parse(text), value);
});

test.run();
