"""Makes the tokenizer vectors: small tokenizers of the three kinds that checkpoints of the Llama family use.

Called by make_vectors.py. Trained on a few sentences; the ids are those of the `tokenizers` library.
"""

import json
import shutil

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SENTENCES = [
    "Tom has 12 apples. He gives 5 apples to Ann. How many apples does Tom have left?",
    "Ann has 3 times as many coins as Tom. Tom has 14 coins. How many coins do they have together?",
    "A baker makes 20 cakes per day and sells each cake for $4. How much does the baker earn per week?",
    "There are 15 trees in the grove. After the workers are done, there will be 21 trees.",
    "He has 12 - 5 = 7 apples left. The answer is 7.",
    "First we add, then we multiply, and then we divide the total by the number of days.",
    "The question is how many more pages she has to read if the book has 120 pages.",
    "    if total > 100:\n        print(total)\n",
]

TEXTS = [
    "",
    " ",
    "Tom has 12 apples.",
    " Tom has 12 apples. ",
    "How many  apples   does\tAnn have?\n\nAnswer: 7\n",
    "1234567890 3.14 $1,250.50 50% 1/2 2+2=4",
    "#### 18",
    "I'll say they're Tom's, I'VE seen it; DON'T.",
    "café cafe\u0301 naïve Ångström ﬁne",
    "日本語のテキスト 한국어 العربية हिन्दी",
    "🙂 👩‍👩‍👧 🏳️‍🌈",
    "tabs\tand\r\nwindows lines\r\n\u00a0no-break\u2003em space",
    "x = [i ** 2 for i in range(10)]  # squares",
    "<unk> <s> not special here </s ",
    "a\u0000b \u200b zero width",
]

# The regular expression of Llama 3's tokenizer.
LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

CHAT_TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def byte_level(specials, pre_tokenizer, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=specials,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def make_chatml():
    """As SmolLM2 and Qwen: no BOS added, digits one by one."""
    digits = pre_tokenizers.Digits(individual_digits=True)
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer = byte_level(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], pre_tokenizers.Sequence([digits, bytes_])
    )
    return tokenizer, ["<|im_start|>user\nTom has 12 apples.<|im_end|>\n", "a<|endoftext|>b <|im_end|> c"]


def make_llama3():
    """As Llama 3: BOS from the post-processor, digits in threes."""
    split = pre_tokenizers.Split(Regex(LLAMA3_SPLIT), "isolated")
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    specials = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
    tokenizer = byte_level(specials, pre_tokenizers.Sequence([split, bytes_]), ignore_merges=True)
    bos = processors.TemplateProcessing(
        single="<|begin_of_text|> $A",
        pair="<|begin_of_text|> $A <|begin_of_text|>:1 $B:1",
        special_tokens=[("<|begin_of_text|>", tokenizer.token_to_id("<|begin_of_text|>"))],
    )
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), bos])
    config = dict(
        tokenizer_class="PreTrainedTokenizerFast",
        bos_token="<|begin_of_text|>",
        eos_token="<|eot_id|>",
        clean_up_tokenization_spaces=False,
    )
    return tokenizer, config, ["<|begin_of_text|>Tom has 12 apples.<|eot_id|>", "a<|end_of_text|>b <|eot_id|> c"]


def make_sentencepiece():
    """As Llama 2 and Mistral: spaces as ▁, one put in front, bytes for unknown characters, BOS added."""
    specials = ["<unk>", "<s>", "</s>"]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=specials + bytes_, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    # The split only kept the trainer inside words; the real ones have none, and no byte is a special token.
    written = json.loads(tokenizer.to_str()) | dict(pre_tokenizer=None)
    written["added_tokens"] = [token for token in written["added_tokens"] if token["content"] in specials]
    tokenizer = Tokenizer.from_str(json.dumps(written))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)]
    )
    config = dict(
        tokenizer_class="LlamaTokenizer",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        add_bos_token=True,
        add_eos_token=False,
        legacy=True,
        clean_up_tokenization_spaces=False,
    )
    return tokenizer, config, ["<s>Tom has 12 apples.</s>", "a</s>b <s> c"]


def save_new_style(folder, tokenizer):
    """As transformers 5 saves it: merges as pairs, TokenizersBackend, the chat template in a file of its own."""
    saved = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        chat_template=CHAT_TEMPLATE,
    )
    saved.save_pretrained(folder)
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]
    text = saved.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return {"messages": messages, "text": text, "ids": tokenizer.encode(text).ids}


def save_old_style(folder, tokenizer, config):
    """As most published checkpoints have it: merges as strings, everything else in tokenizer_config.json."""
    folder.mkdir(parents=True)
    written = json.loads(tokenizer.to_str())
    written["model"]["merges"] = [" ".join(pair) for pair in written["model"]["merges"]]
    (folder / "tokenizer.json").write_text(json.dumps(written, ensure_ascii=False, indent=0) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, ensure_ascii=False, indent=2) + "\n")


def encode_texts(folder, special_texts):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    encoded = []
    for text in TEXTS + special_texts:
        ids = tokenizer.encode(text).ids
        encoded.append({
            "text": text,
            "ids": ids,
            "ids_without_bos": tokenizer.encode(text, add_special_tokens=False).ids,
            "decoded": tokenizer.decode(ids, skip_special_tokens=False),
            "decoded_without_special": tokenizer.decode(ids),
        })
    return encoded


def make_tokenizers(out, write_json):
    folder = out / "tokenizer_chatml"
    shutil.rmtree(folder, ignore_errors=True)
    tokenizer, special_texts = make_chatml()
    chat = save_new_style(folder, tokenizer)
    write_json(folder / "expected.json", {"texts": encode_texts(folder, special_texts), "chat": chat})
    for name, make in {"tokenizer_llama3": make_llama3, "tokenizer_sentencepiece": make_sentencepiece}.items():
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        tokenizer, config, special_texts = make()
        save_old_style(folder, tokenizer, config)
        write_json(folder / "expected.json", {"texts": encode_texts(folder, special_texts)})
