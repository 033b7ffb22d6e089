"""Makes tokenizers/: small tokenizers in fourteen published styles and one for each part, with what `tokenizers` computes.

Run as `python make_tokenizer_styles.py OUT_DIR` with tokenizers 0.23.3. Trained on sentences made here; no vendor's files.
"""

import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

NAMES = ["Tom", "Ann", "Mia", "José", "Zoë", "Søren", "Łucja", "Ève"]
THINGS = ["apples", "coins", "pages", "cakes", "trees", "naïve plans", "cafés", "pencils", "km of road", "€ notes"]
VERBS = ["has", "buys", "sells", "loses", "gives away", "doesn't want", "can't find", "counts"]
ODD = [
    "", " ", "  ", "\n", "\n\n", "\t", "a", "A", ".", "..", "a..", "..a", "?!", "a . b", " a", "a ", "  a  b  ", "\na", "a\n", "a \nb", "a\r\nb",
    "a \n \n b", "1", "12", "123", "1234", "12345678", "3.14", "1,000", "1 2 3", "a1b22c333", "½ 2² x₁", "٣٤٥", "१२३", "１２３", "Ⅷ", "x２",
    "cafés", "cafe\u0301s", "e\u0301\u0301", "ﬁne", "ﬃ", "Å Å Å", "ΑΣ ΣΑΣ", "İstanbul I ı", "straße STRASSE", "ſo 'ſ K 'K", "naïve", "Ǆ ǅ ǆ",
    "日本語", "日本 語", "日本語のテキスト。", "한국어 텍스트", "العربية", "हिन्दी", "ไทย", "Ελληνικά", "Русский текст", "עברית", "中文，标点。",
    "a😀", "a 😀", "😀😀", "😀 a", "👩‍👩‍👧", "🏳️‍🌈", "🇩🇪🇫🇷", "☃", "\u0085", "a\u0085b", "a  \u0085", "\ufeffa", "a\ufeff", "a  \ufeffb", "\u200b",
    "a\u200bb", "a\u200db", "a\u00a0b", "\u2003a\u3000b", "\u2028a", "\u0000", "a\u0000b", "\u007f", "\u00ad", "\ufffd", "\ue000", "\U000e0001",
    "don't", "DON'T", "I'll we've they're I'm he'd it's", "I'LL WE'VE THEY'RE", "'s's", "' s", "''", "’s don’t", "n't", "a-b_c", "snake_case", "camelCase",
    "HTMLParser", "x+=1;", "x = [i ** 2 for i in range(10)]  # squares", "if (a && b) { return c; }", "http://a.b/c?d=e&f=g", "a@b.c", "#### 18",
    "$1,250.50", "50%", "1/2", "2+2=4", "a|b", "a\\b", "`code`", "~", "^", "«a»", "„a“", "‘a’", "—", "…", "•", "★", "→", "∑∞", "±5 °C", "¿qué?",
    "<s>", "</s>", "<unk>", "a<s>b", "a <s> b", "<s", "s>", "<s><s>", "a</s>", "</s>a", "<T>", "a <T>a", "a<T>", "<T> a", "<t>", "a <t>a",
    "cat", "cats", "ca a", "a ca", "aca", "ca", "ca.", ".ca", "ca ca", "caca", "éca", "ca\u0301", "ca_", "ca1", "mask", "a mask b", " mask ", "a  mask  b",
    "maskmask", "mask mask", "▁", "a▁b", "▁a", " ▁a", "▁ a", "▁▁", "<0x41>", "<0x0A>", "a<0x41>b", "Ġ", "aĠb", "Ċ", "##a", "a##b", "@@", "a@@ b",
    "<|endoftext|>", "a<|endoftext|>b", "<|im_start|>user\nHi<|im_end|>\n", "<|eot_id|>", "a <|eot_id|> b", "<｜begin▁of▁sentence｜>a", "[INST] a [/INST]",
    "[INST]a[/INST]", "tab\tand\ttab", "    indented\n        more\n", "trailing   ", "   leading", "a\n\n\nb", "a\n \nb", "\r", "\r\n", "\x0b\x0c",
]


def texts():
    """200 texts: odd ones, and sentences for the rest."""
    rng = random.Random(20261128)
    odd = list(dict.fromkeys(ODD))
    return odd[:200] + [sentence(rng) for _ in range(max(0, 200 - len(odd)))] + [sentence(rng) for _ in range(20)]


def sentence(rng):
    a, b, n, m = rng.choice(NAMES), rng.choice(NAMES), rng.randrange(2, 2000), rng.randrange(2, 99)
    return rng.choice([
        f"{a} {rng.choice(VERBS)} {n} {rng.choice(THINGS)}. {b} has {m} times as many.",
        f"How many {rng.choice(THINGS)} does {a} have left?\nAnswer: {n}",
        f"{n} - {m} = {n - m}, so {b} {rng.choice(VERBS)} {n - m} {rng.choice(THINGS)}!",
        f"If {a} {rng.choice(VERBS)} {m}% of ${n:,}, what's left for {b}?  #### {n * m // 100}",
    ])


TRAINING = [sentence(random.Random(seed)) for seed in range(400)] + [
    "x = [i ** 2 for i in range(10)]\n    return x\n", "the quick brown fox jumps over the lazy dog", "日本語のテキスト", "😀 smile 😀", "Русский текст"
] * 3

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = [
    r"[\r\n]",
    r"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-Ֆ]+",
    r"\s?[!-/:-~！-／：-～‘-‟　-。]+",
    r"\s+$",
    r"[一-龥ࠀ-一가-퟿]+",
]


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def special(content, **options):
    return AddedToken(content, special=True, normalized=False, **options)


def bos(tokenizer, token):
    return processors.TemplateProcessing(single=f"{token} $A", special_tokens=[(token, tokenizer.token_to_id(token))])


def byte_level(pre_tokenizer, specials, normalizer=None, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=specials, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def sentencepiece(metaspace=None):
    """BPE with bytes for unknown characters; spaces by a normalizer as Llama 2, or by a Metaspace."""
    specials = ["<unk>", "<s>", "</s>"]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    trainer = trainers.BpeTrainer(vocab_size=460, special_tokens=specials + bytes_, show_progress=False)
    tokenizer.train_from_iterator(TRAINING, trainer)
    written = json.loads(tokenizer.to_str())
    written["added_tokens"] = written["added_tokens"][:3]
    if metaspace is None:
        written["pre_tokenizer"] = None
        written["normalizer"] = {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
    else:
        written["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", **metaspace}
    tokenizer = Tokenizer.from_str(json.dumps(written))
    never = metaspace is not None and metaspace["prepend_scheme"] == "never"
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()] + ([] if never else [decoders.Strip(" ", 1, 0)])
    )
    tokenizer.post_processor = bos(tokenizer, "<s>")
    return tokenizer


def mistral(**metaspace):
    tokenizer = sentencepiece(metaspace)
    tokenizer.add_special_tokens([special("[INST]"), special("[/INST]")])
    return tokenizer


def gemma():
    """BPE with bytes, no space in front, split at spaces only as Gemma writes it."""
    written = json.loads(sentencepiece({"prepend_scheme": "never", "split": True}).to_str())
    written["normalizer"] = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    written["pre_tokenizer"] = {
        "type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False,
    }
    return Tokenizer.from_str(json.dumps(written))


def unigram(byte_fallback):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else []
    trainer = trainers.UnigramTrainer(
        vocab_size=360 if not byte_fallback else 300, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TRAINING, trainer)
    written = json.loads(tokenizer.to_str())
    written["model"]["vocab"] = [[word, round(score, 4)] for word, score in written["model"]["vocab"]] + [[b, -30.0] for b in bytes_]
    written["model"]["byte_fallback"] = byte_fallback
    tokenizer = Tokenizer.from_str(json.dumps(written))
    tokenizer.decoder = (
        decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]) if byte_fallback else decoders.Metaspace()
    )
    tokenizer.post_processor = bos(tokenizer, "<s>")
    return tokenizer


def word_level():
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(vocab_size=200, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False)
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def llama3():
    pre = pre_tokenizers.Sequence([split(LLAMA3), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer = byte_level(pre, ["<|begin_of_text|>", "<|eot_id|>"], ignore_merges=True)
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), bos(tokenizer, "<|begin_of_text|>")])
    return tokenizer


def deepseek():
    pre = pre_tokenizers.Sequence(
        [split(pattern) for pattern in DEEPSEEK]
        + [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer = byte_level(pre, ["<｜begin▁of▁sentence｜>"], normalizers.Sequence([]))
    tokenizer.post_processor = bos(tokenizer, "<｜begin▁of▁sentence｜>")
    return tokenizer


def tekken():
    pre = pre_tokenizers.Sequence([split(TEKKEN), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer = byte_level(pre, ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"], ignore_merges=True)
    tokenizer.post_processor = bos(tokenizer, "<s>")
    return tokenizer


STYLES = {
    "gpt2": lambda: byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), ["<|endoftext|>"]),
    "llama2": sentencepiece,
    "llama3": llama3,
    "mistral_always": lambda: mistral(prepend_scheme="always", split=False),
    "mistral_first": lambda: mistral(prepend_scheme="first", split=False),
    "mistral_never": lambda: mistral(prepend_scheme="never", split=True),
    "smollm2": lambda: byte_level(
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]),
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    ),
    "qwen2": lambda: byte_level(
        pre_tokenizers.Sequence([split(QWEN2), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        normalizers.NFC(),
    ),
    "deepseek": deepseek,
    "gemma": gemma,
    "tekken": tekken,
    "unigram": lambda: unigram(False),
    "unigram_bytes": lambda: unigram(True),
    "wordlevel": word_level,
}


def encode(tokenizer, given):
    """Ids of each text, and what they decode to where that is another text."""
    rows = []
    for text in given:
        ids = tokenizer.encode(text).ids
        decoded = tokenizer.decode(ids)
        rows.append([ids] if decoded == text else [ids, decoded])
    return rows


def write_lines(file, head, rows):
    """JSON with a line for each row, so that a change shows."""
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    body = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    file.write_text(body + (',' if head else '') + '"rows":[\n' + ",\n".join(lines) + "\n]}\n")


def base():
    """Characters and bytes with a few merges: what is around a model shows in its ids."""
    words = sorted({c for text in ODD for c in text if ord(c) < 0x250} | set("▁Ġ日語😀"))
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    vocab = {word: i for i, word in enumerate(["<unk>", "<s>", "</s>", *bytes_, *words])}
    merges = [("c", "a"), ("ca", "t"), ("a", "s"), (" ", " "), (" ", "  "), ("  ", " "), ("▁", "a"), ("1", "2")]
    for a, b in merges:
        vocab.setdefault(a + b, len(vocab))
    tokens = [{"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
              for i, content in enumerate(["<unk>", "<s>", "</s>"])]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens, "normalizer": None, "pre_tokenizer": None,
        "post_processor": None, "decoder": {"type": "Fuse"},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None,
                  "fuse_unk": False, "byte_fallback": True, "ignore_merges": False, "vocab": vocab, "merges": [list(m) for m in merges]},
    }


def added(content, **options):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False, **options}


def sequence(kind, *parts):
    return {"type": "Sequence", kind: list(parts)}


UPPER = {"type": "Replace", "pattern": {"Regex": "[aeiou]"}, "content": "$&$1"}
PREPEND = {"type": "Prepend", "prepend": "▁"}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
LOWER = {"type": "Lowercase"}
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


def metaspace(**options):
    return {"type": "Metaspace", "replacement": "▁", **options}


def cases():
    """Changes of base(), by what they show; keys of the model are written `model.KEY`, tokens to add `add`."""
    yield from [(f"the normalizer {each['type']}", {"normalizer": each}) for each in [
        LOWER, PREPEND, UPPER, {"type": "NFC"}, {"type": "NFD"}, {"type": "NFKC"}, {"type": "NFKD"}, {"type": "StripAccents"},
        {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Strip", "strip_left": False, "strip_right": True},
        {"type": "Strip", "strip_left": True, "strip_right": False}, {"type": "ByteLevel"},
        sequence("normalizers", {"type": "NFD"}, {"type": "StripAccents"}, LOWER),
        sequence("normalizers", {"type": "Strip", "strip_left": True, "strip_right": True}, PREPEND),
        {"type": "Replace", "pattern": {"String": "a"}, "content": "$&"}, {"type": "Replace", "pattern": {"Regex": r"\s+$"}, "content": ""},
        {"type": "Replace", "pattern": {"Regex": r"^\w"}, "content": "X"}, {"type": "Replace", "pattern": {"Regex": r"\d"}, "content": "0"},
        {"type": "Replace", "pattern": {"Regex": "."}, "content": "x"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"},
        {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        {"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": False, "strip_accents": True, "lowercase": False},
        {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": False, "lowercase": True},
    ]]
    yield from [(f"the pre-tokenizer {each['type']}", {"pre_tokenizer": each, "model.unk_token": "<unk>", "decoder": None}) for each in [
        {"type": "Whitespace"}, {"type": "WhitespaceSplit"}, {"type": "BertPreTokenizer"}, {"type": "FixedLength", "length": 2},
        {"type": "CharDelimiterSplit", "delimiter": "a"}, {"type": "Digits", "individual_digits": True}, {"type": "Digits", "individual_digits": False},
        *[{"type": "Punctuation", "behavior": each} for each in BEHAVIORS],
        *[{"type": "Split", "pattern": {"String": "a"}, "behavior": each, "invert": False} for each in BEHAVIORS],
        *[{"type": "Split", "pattern": {"Regex": "[ab]"}, "behavior": each, "invert": True} for each in BEHAVIORS],
        *[{"type": "Split", "pattern": {"Regex": each}, "behavior": "Isolated", "invert": False} for each in [
            r"\w+", r"\W", r"\d+", r"\s+", r"\S+", r"[\w.]+", r"[^\s\d]+", r"\b", r"^a|b$", r"\s+$", ".", r"(?i:s|k|straße)", "(?i)[a-c]+|ſ", r"\p{Han}+", "a*", r"\#+|\'",
            r"(?<=a)\s", r"\Aa|b\z", r"a{1,2}", r"\x41|\u00e9|\x{1F600}", r"[]a]+"]],
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": False},
        sequence("pretokenizers", {"type": "WhitespaceSplit"}, {"type": "Punctuation"}, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}),
    ]]
    for scheme in ["always", "first", "never"]:
        for keeps in [True, False]:
            yield f"a Metaspace ({scheme}, {'split' if keeps else 'whole'})", {"pre_tokenizer": metaspace(prepend_scheme=scheme, split=keeps), "decoder": metaspace(prepend_scheme=scheme)}
        yield f"a Metaspace behind a split ({scheme})", {
            "pre_tokenizer": sequence("pretokenizers", {"type": "WhitespaceSplit"}, metaspace(prepend_scheme=scheme, split=False)), "decoder": metaspace(prepend_scheme=scheme)}
    yield "a Metaspace without options", {"pre_tokenizer": metaspace(), "decoder": metaspace()}
    for normalized in [False, True]:
        for normalizer in [None, PREPEND, LOWER, sequence("normalizers", PREPEND, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"})]:
            around = {"normalizer": normalizer, "decoder": None}
            name = f"({'normalized' if normalized else 'raw'}, {normalizer and normalizer['type']})"
            yield f"an added token {name}", {**around, "add": [added("<T>", normalized=normalized), added("ca", normalized=normalized)]}
            yield f"an added token that is a single word {name}", {**around, "add": [added("ca", single_word=True, normalized=normalized)]}
            yield f"an added token that strips {name}", {**around, "add": [added("mask", lstrip=True, rstrip=True, normalized=normalized), added(" a", normalized=normalized)]}
    yield "added tokens of which one begins another", {"add": [added("ca"), added("cat"), added("c"), added("cats", special=True)], "decoder": None}
    yield "added tokens and bytes", {"add": [added("é"), added("Ġa"), added("日")], "decoder": BYTES, "pre_tokenizer": BYTES}
    yield "an added token of spaces that strips", {"add": [added("\n", lstrip=True, rstrip=True), added("a", rstrip=True)], "decoder": None}
    for normalizer in [{"type": "Strip", "strip_left": True, "strip_right": False}, {"type": "StripAccents"},
                       {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": False, "strip_accents": None, "lowercase": True}]:
        yield f"a Metaspace behind {normalizer['type']}", {
            "normalizer": normalizer, "pre_tokenizer": metaspace(prepend_scheme="first"), "decoder": metaspace(prepend_scheme="first")}
    yield "an added token whose id has a gap", {"add": [added("cats", id=2000), added("ca", id=5)], "decoder": None}
    yield "an added token under Metaspace", {"add": [added("<T>")], "pre_tokenizer": metaspace(prepend_scheme="first"), "decoder": metaspace(prepend_scheme="first")}
    yield "a special token that is normalized", {"add": [added("<T>", special=True, normalized=True)], "normalizer": LOWER, "decoder": None}
    for decoder in [None, BYTES, {"type": "ByteFallback"}, metaspace(prepend_scheme="always"), metaspace(prepend_scheme="never"), {"type": "WordPiece", "prefix": "##", "cleanup": True},
                    {"type": "BPEDecoder", "suffix": "a"}, sequence("decoders", {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}),
                    {"type": "Replace", "pattern": {"Regex": "[ac]"}, "content": "$&"}, {"type": "Strip", "content": "a", "start": 2, "stop": 0}]:
        yield f"the decoder {decoder and decoder['type']}", {"decoder": decoder}
    for change in [{"model.fuse_unk": True}, {"model.byte_fallback": False}, {"model.byte_fallback": False, "model.unk_token": None}, {"model.ignore_merges": True},
                   {"model.byte_fallback": False, "model.fuse_unk": True, "pre_tokenizer": {"type": "WhitespaceSplit"}}, {"model.end_of_word_suffix": "a"}]:
        yield f"a BPE with {', '.join(change)}", change
    template = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                "special_tokens": {"x": {"id": "x", "ids": [1, 300], "tokens": ["<s>", "a"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}}
    yield "a template with a token of two ids", {"post_processor": template}
    yield "a BertProcessing", {"post_processor": {"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1]}}
    yield "a RobertaProcessing", {"post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 1], "trim_offsets": True, "add_prefix_space": True}}
    yield "a WordPiece", {"model": {"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 6,
                                    "vocab": {w: i for i, w in enumerate(["<unk>", "<s>", "</s>", "a", "ca", "##s", "##a", "1", "##2", "日", "##本", "😀", ".", "é"])}},
                          "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True}}
    pieces = [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0], ["▁", -2.0], ["a", -3.0], ["▁a", -3.5], ["aa", -6.0], ["😀", -9.0], ["a😀", -20.0], ["ca", -4.0], ["c", -4.5], ["日本", -7.0], ["cafés", -5.0]]
    for name, vocab in [("bytes", pieces + [[f"<0x{byte:02X}>", -12.0] for byte in range(256)]), ("no bytes", pieces), ("some bytes", pieces + [["<0x0A>", -12.0]])]:
        for fallback in [True, False]:
            for pre in [None, metaspace(prepend_scheme="always"), {"type": "WhitespaceSplit"}]:
                yield f"a Unigram ({name}, {fallback}, {pre and pre['type']})", {
                    "model": {"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": fallback}, "pre_tokenizer": pre, "decoder": None}
    yield "a Precompiled normalizer", {"normalizer": {"type": "Precompiled", "precompiled_charsmap": CHARSMAP}}


# The table of a few rules (a -> b, é -> e, ﬁ -> fi, e with U+0301 -> é, ca -> X, ...), which sentencepiece 0.2 made of a list of our own
CHARSMAP = (
    "AAQAAACAAQBhDQAACwAAgGOYAQBhCQAAZTgDAAkAAIDMOAIAgQUAABIAAICgBQAAAQAAgAUAAICFBQAADQAAgIBQAgCLBQAAAAAAgIEFAAAPAACAkQUAAAMAAICpPQAAka"
    "ACAJ94AgAHAACAGwAAABoAAAAdAAAAHAAAAB8AAAAeAAAArMwCAKm9AAAjAAAAIgAAACUAAAAkAAAAJwAAACYAAAApAAAAKAAAACsAAAAqAAAALQAAACwAAAAvAAAALgAA"
    "ALzUAgAwAAAAMwAAADIAAAA1AAAANAAAADcAAAA2AAAAOQAAADgAAAA7AAAAOgAAAD0AAAA8AAAAPwAAAD4AAABBAAAAQAAAAEMAAABCAAAARQAAAEQAAABHAAAARgAAAE"
    "kAAABIAAAASwAAAEoAAABNAAAATAAAAE8AAABOAAAAUQAAAFAAAABTAAAAUgAAAFUAAABUAAAAVwAAAFYAAABZAAAAWAAAAFsAAABaAAAAXQAAAFwAAABfAAAAXgAAAGEA"
    "AABgAAAAYwAAAGIAAABlAAAAZAAAAGcAAABmAAAAaQAAAGgAAABrAAAAagAAAG0AAABsAAAAbwAAAG4AAABxAAAAcAAAAHMAAAByAAAAdQAAAHQAAAB3AAAAdgAAAHkAAA"
    "B4AAAAewAAAHoAAAB9AAAAfAAAAH8AAAB+AAAAgQAAAIAAAADiNAAAggAAAIUAAACEAAAAhwAAAIYAAACJAAAAiAAAAIsAAACKAAAAjQAAAIwAAACPAAAA7wwAAPBcAACQ"
    "AAAAkwAAAJIAAACVAAAAlAAAAJcAAACWAAAAmQAAAJgAAACbAAAAmgAAAJ0AAACcAAAAnwAAAJ4AAAChAAAAoAAAAMIgAADDrAAApQAAAKQAAACnAAAApgAAAKkAAACoAA"
    "AAqwAAAKoAAACtAAAArAAAAK8AAACuAAAAsQAAALAAAACzAAAAsgAAALUAAAC0AAAAtwAAALYAAAC5AAAAuAAAALsAAAC6AAAAvQAAALwAAAC/AAAAvgAAAMEAAADAAAAA"
    "wwAAAMIAAADFAAAAxAAAAMcAAADGAAAAyQAAAMgAAADLAAAAygAAAM0AAADMAAAAzwAAAM4AAADRAAAA0AAAANMAAADSAAAA1QAAANQAAADXAAAA1gAAANkAAADYAAAA2w"
    "AAANoAAADdAAAA3AAAAN8AAADeAAAA4QAAAOAAAADjAAAA4gAAAOUAAADkAAAA5wAAAOYAAADpAAAA6AAAAOsAAADqAAAA7QAAAOwAAADvAAAA7gAAAPEAAADwAAAA8wAA"
    "APIAAAD1AAAA9AAAAPcAAAD2AAAA+QAAAPgAAAD7AAAA+gAAAP0AAAD8AAAA/wAAAP4AAAAAIAAxAEEAVwBYAGIAZQBmaQDDqQA="
)


def apply(change):
    """base() with a change of cases()."""
    tokenizer = base()
    for key, value in change.items():
        if key.startswith("model."):
            tokenizer["model"][key[6:]] = value
        elif key == "add":
            for token in value:
                tokenizer["added_tokens"].append({"id": token.get("id", len(tokenizer["model"]["vocab"])), **token})
        else:
            tokenizer[key] = value
    return tokenizer


# What each part is shown by: enough of ODD to bring out what it does
PARTS_TEXTS = [
    "", " ", "a..", "..a b", "  a  b  ", "\na\n", "a \nb", "a\r\nb", "a \n \n b", "a1b22c333", "½ 2² x₁", "٣٤٥１２３", "cafés", "cafe\u0301s", "ﬁne Å", "ΑΣ ΣΑΣ",
    "İ ſo 'ſ K straße", "日本語 中文，标点。", "a 😀", "a😀👩‍👩‍👧", "a\u0085b  \u0085", "\ufeffa  \ufeffb", "a\u200bb\u200d", "a\u00a0b\u3000c", "\u0000\u00ad\ufffd\ue000",
    "don't DON'T", "snake_case a.b", "a<s>b </s>", "a <T>a<t>", "ca a", "a ca cats", "caca éca ca_", "aca ca.", "a  mask  b maskmask", "▁a▁ ▁b", "<0x41>a<0x0A>", "ĠaĠ", "##a do not",
    "1923 12", "aaa    b", "\n\n a", "\u0301a", "\u00ad",
]


def main():
    out = Path(sys.argv[1]) / "tokenizers"
    out.mkdir(parents=True, exist_ok=True)
    given = texts()
    (out / "texts.json").write_text(json.dumps(given, indent=0) + "\n")
    for name, make in STYLES.items():
        tokenizer = make()
        written = json.loads(tokenizer.to_str())
        write_lines(out / f"{name}.json", {"tokenizer": written}, encode(Tokenizer.from_str(json.dumps(written)), given))
    unchanged = encode(Tokenizer.from_str(json.dumps(base())), PARTS_TEXTS)
    parts = [["nothing", {}, unchanged]]
    for title, change in cases():
        rows = encode(Tokenizer.from_str(json.dumps(apply(change))), PARTS_TEXTS)
        # 0 where the change changes nothing
        parts.append([title, change, [0 if row == before else row for row, before in zip(rows, unchanged)]])
    write_lines(out / "parts.json", {"base": base(), "texts": PARTS_TEXTS}, parts)


if __name__ == "__main__":
    main()
