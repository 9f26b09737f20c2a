# SPDX-License-Identifier: GPL-3.0-or-later
"""The modeling and image-processing code of Hugging Face transformers, imported from a checkout without its dependencies.

What is not needed for a forward pass (downloads, generation, caches, training, fast kernels) is replaced by names that do nothing,
so that an old torch suffices."""
import importlib
import importlib.metadata
import sys
import types
import typing


class Nothing(types.ModuleType):
    """A module in which every name is a class that does nothing."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (), {"__init__": lambda self, *a, **k: None})
        setattr(self, name, made)
        return made


def put(name, **names):
    module = Nothing(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    for key, value in names.items():
        setattr(module, key, value)
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent in sys.modules:
        setattr(sys.modules[parent], last, module)
    return module


def package(name, path):
    module = types.ModuleType(name)
    module.__path__ = [path]
    sys.modules[name] = module
    return module


def load(src):
    """@src: the folder that holds "transformers". Returns: a function that imports a module of it by its path inside."""
    import torch

    from torch.utils import _pytree

    _pytree.register_pytree_node = lambda *a, **k: None
    version = importlib.metadata.version
    importlib.metadata.version = lambda name: "2.1.0" if name == "torch" else version(name)
    root = src + "/transformers"
    package("transformers", root).__version__ = "4.52.0.dev0"
    package("transformers.models", root + "/models")
    for model in ("gemma3", "siglip", "qwen2_5_vl", "qwen2_vl"):
        package("transformers.models." + model, root + "/models/" + model)
    put("huggingface_hub")
    put("huggingface_hub.constants", HF_HUB_DISABLE_TELEMETRY=True, HF_HUB_OFFLINE=True, HF_HUB_CACHE="/nowhere")
    put("huggingface_hub.file_download")
    put("huggingface_hub.errors")
    for name in ("HFValidationError", "EntryNotFoundError", "GatedRepoError", "HfHubHTTPError", "LocalEntryNotFoundError", "OfflineModeIsEnabled", "RepositoryNotFoundError", "RevisionNotFoundError"):
        setattr(sys.modules["huggingface_hub.errors"], name, type(name, (Exception,), {}))
    put("huggingface_hub.utils", **vars(sys.modules["huggingface_hub.errors"]))

    class Model(torch.nn.Module):
        def __init__(self, config, *a, **k):
            super().__init__()
            self.config = config

        def post_init(self):
            pass

        @classmethod
        def _from_config(cls, config, **k):
            return cls(config)

        dtype = property(lambda self: next(self.parameters()).dtype)
        device = property(lambda self: next(self.parameters()).device)

    put("transformers.modeling_utils", PreTrainedModel=Model, ALL_ATTENTION_FUNCTIONS={})
    put("transformers.generation")
    put("transformers.cache_utils")
    put("transformers.processing_utils", Unpack=typing.Unpack)
    put("transformers.modeling_flash_attention_utils", is_flash_attn_available=lambda: False, flash_attn_supports_top_left_mask=lambda: False, FlashAttentionKwargs=typing.TypedDict("FlashAttentionKwargs", {}))
    put("transformers.modeling_attn_mask_utils")
    put("transformers.modeling_gguf_pytorch_utils")
    put("transformers.dynamic_module_utils")
    put("transformers.utils.backbone_utils")
    hub = type("PushToHubMixin", (), {"push_to_hub": lambda self: None})
    put("transformers.utils.hub", cached_file=None, PushToHubMixin=hub)
    put("transformers.utils.peft_utils")
    auto = put("transformers.models.auto")
    sys.modules["transformers.models.siglip"].SiglipVisionConfig = importlib.import_module("transformers.models.siglip.configuration_siglip").SiglipVisionConfig

    def get(path):
        return importlib.import_module("transformers." + path)

    get.auto = auto
    return get
