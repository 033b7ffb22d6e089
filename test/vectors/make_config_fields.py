"""Makes config_fields.json: the fields that transformers' configuration classes of the families here have or read.

Run as `python make_config_fields.py OUT_DIR` with transformers 5.24.
"""

import json
import re
import sys
from dataclasses import fields
from pathlib import Path

import transformers
from transformers import GenerationConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

# mistral with layer_types is read as ministral
FAMILIES = [
    "llama", "mistral", "ministral", "qwen2", "qwen3", "gemma2", "gemma3_text", "phi3", "olmo2", "olmo3", "granite", "smollm3",
]

# Where fields are read by name that no class declares, or that are kept for older files
SOURCES = ["masking_utils.py", "cache_utils.py", "modeling_rope_utils.py", "modeling_utils.py", "generation/utils.py", "configuration_utils.py"]
READ = re.compile(r"""(?:getattr|hasattr)\(\s*(?:self\.)?(?:\w*config)\s*,\s*"(\w+)\"""")
LEGACY_SOURCES = ["modeling_rope_utils.py", "configuration_utils.py"]
LEGACY = re.compile(r"""[^_]kwargs\.(?:pop|get)\(\s*"(\w+)\"""")
# Arguments of from_pretrained, and what generation keeps beside its configuration
ARGUMENTS = {
    "_configuration_file", "_from_auto", "_from_pipeline", "commit_message", "return_unused_kwargs", "_eos_token_tensor", "_mask_length", "adapter_kwargs", "adapter_name", "cache_dir", "code_revision", "compile_config", "create_pr",
    "device_map", "foo", "force_download", "gguf_file", "kernel_config", "local_files_only", "max_shard_size", "proxies", "repo_id", "revision", "subfolder", "tags", "token",
    "trust_remote_code", "use_auth_token", "variant",
}


def refuses_null(family, name):
    try:
        CONFIG_MAPPING[family](**{name: None})
    except Exception:  # noqa: BLE001 -- whatever it is, it refuses
        return True
    return False


def main():
    families = {}
    for family in FAMILIES:
        cls = CONFIG_MAPPING[family]
        names = sorted({field.name for field in fields(cls)} | set(cls().to_dict()))
        families[family] = {"fields": names, "refuse_null": [name for name in names if refuses_null(family, name)]}
    root = Path(transformers.__file__).parent
    read = {name for file in SOURCES for name in READ.findall((root / file).read_text())}
    read |= {name for file in LEGACY_SOURCES for name in LEGACY.findall((root / file).read_text())}
    out = {
        "transformers": transformers.__version__,
        "families": families,
        "read": sorted(read - ARGUMENTS),
        "generation": sorted(GenerationConfig().to_dict()),
    }
    (Path(sys.argv[1]) / "config_fields.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
