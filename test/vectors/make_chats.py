"""Makes chats.json: what transformers' apply_chat_template writes for templates of our own, with system turns, worked examples as turns and arguments."""
import json
import pathlib

from jinja2.sandbox import ImmutableSandboxedEnvironment
from transformers import PreTrainedTokenizerFast
from tokenizers import Tokenizer, models

HERE = pathlib.Path(__file__).parent

# with what published templates do: ChatML with thinking on request, turns in brackets with the system's text in the first, and headers
TEMPLATES = {
    "thinking": (
        "{%- if messages[0].role == 'system' %}\n"
        "    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}\n"
        "{%- endif %}\n"
        "{%- for message in messages %}\n"
        "    {%- if message.role != 'system' or not loop.first %}\n"
        "        {%- set content = message.content %}\n"
        "        {%- if message.role == 'assistant' and '</think>' in content %}\n"
        "            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}\n"
        "        {%- endif %}\n"
        "        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}\n"
        "    {%- endif %}\n"
        "{%- endfor %}\n"
        "{%- if add_generation_prompt %}\n"
        "    {{- '<|im_start|>assistant\\n' }}\n"
        "    {%- if enable_thinking is defined and enable_thinking is false %}\n"
        "        {{- '<think>\\n\\n</think>\\n\\n' }}\n"
        "    {%- endif %}\n"
        "{%- endif %}\n"
    ),
    "brackets": (
        "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set system = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}"
        "{% set turns = messages[1:] %}{% else %}{% set system = '' %}{% set turns = messages %}{% endif %}"
        "{% for message in turns %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('Roles must alternate') }}{% endif %}"
        "{% if message['role'] == 'user' %}{{ '[INST] ' + (system if loop.first else '') + message['content'] | trim + ' [/INST]' }}"
        "{% else %}{{ ' ' + message['content'] | trim + eos_token }}{% endif %}{% endfor %}"
    ),
    "headers": (
        "{{- bos_token }}{% set effort = reasoning_effort | default('medium') %}\n"
        "<|system|>{{ 'Reasoning: ' ~ effort ~ ', at most ' ~ (budget | default('no')) ~ ' steps' }}<|end|>\n"
        "{% for m in messages %}\n"
        "  {% generation %}<|{{ m.role }}|>{{ m['content'] }}<|end|>{% endgeneration %}\n\n"
        "{% endfor %}\n"
        "{% if add_generation_prompt %}<|assistant|>{% endif %}"
    ),
}
SHOTS = [
    ("Question: One and two?\nAnswer:", "1 + 2 = 3\n#### 3"),
    ("Question: Two & <three>?\nAnswer:", "<think>2 + 3</think>\n\nIt is 5.\n#### 5"),
]
ASKED = "Question: A box holds 12 pears – how many are in it?\nAnswer:"
CHATS = [
    {},
    {"system": "Be brief.\nAnswer in digits."},
    {"shotsAsTurns": True},
    {"system": "Be brief.", "shotsAsTurns": True, "arguments": {"enable_thinking": False, "reasoning_effort": "low", "budget": 3}},
    {"arguments": {"enable_thinking": True, "budget": 2.5}},
]

tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")), bos_token="<s>", eos_token="</s>"
)
PREFIX = "".join(f"{question} {solution}\n\n" for question, solution in SHOTS)
chats = []
for name, template in TEMPLATES.items():
    for options in CHATS:
        turns = [turn for shot in SHOTS for turn in zip(("user", "assistant"), shot)] if options.get("shotsAsTurns") else []
        asked = ASKED if turns else PREFIX + ASKED
        system = [("system", options["system"])] if "system" in options else []
        messages = [{"role": role, "content": content} for role, content in [*system, *turns, ("user", asked)]]
        text = tokenizer.apply_chat_template(
            messages, chat_template=template, tokenize=False, add_generation_prompt=True, **options.get("arguments", {})
        )
        chats.append({"template": name, "options": options, "text": text})

# a prompt template of the user's own, rendered by jinja2 with the whitespace options that transformers sets
OWN = (
    "Solve.{% for shot in shots %}\n\n\n"
    "[{{ loop.index }}] {{ shot.question }}{% if shot.options %} ({{ shot.options | join(' / ') }}){% endif %}\n\n"
    "    {% if shot.rationale %}\n"
    "Because {{ shot.rationale | trim }}\n"
    "    {% endif %}\n"
    "So {{ shot.answer }}.{% endfor %}\n\n"
    "[?] {{ question }}{% for option in options %} <{{ loop.index }}: {{ option }}>{% endfor %}\n\n"
)
ROWS = [
    {"question": "One & two?", "options": [], "rationale": "1 + 2 = 3 ", "answer": "3"},
    {"question": "Which is even?", "options": ["3", "4"], "rationale": "", "answer": "B"},
]
environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
own = [
    {
        "shots": shots,
        "asked": asked,
        "text": environment.from_string(OWN).render(shots=ROWS[:shots], question=ROWS[asked]["question"], options=ROWS[asked]["options"]),
    }
    for shots, asked in [(0, 0), (0, 1), (1, 1)]
]

content = {
    "own": {"template": OWN, "rows": ROWS, "prompts": own},
    "templates": TEMPLATES,
    "shots": [{"question": question, "solution": solution} for question, solution in SHOTS],
    "prefix": PREFIX,
    "asked": ASKED,
    "chats": chats,
}
(HERE / "chats.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
