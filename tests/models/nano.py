# SPDX-License-Identifier: GPL-3.0-or-later
"""nanoVLM's original code, imported from a checkout without its dependencies: of torchvision and einops it needs two functions."""
import importlib
import sys
import types

import torch
import torch.nn.functional as F
from PIL import Image


def resize(image, size, interpolation=None, **_):
    """What torchvision does: Pillow's own for its images (bicubic where asked for), bilinear with antialiasing for tensors."""
    if isinstance(image, Image.Image):
        return image.resize((size[1], size[0]), Image.BICUBIC)
    return F.interpolate(image, size=tuple(size), mode="bilinear", antialias=True, align_corners=False)


def rearrange(x, pattern, ph, pw):
    assert pattern == "b c (nh ph) (nw pw) -> (b nh nw) c ph pw"
    b, c, h, w = x.shape
    return x.reshape(b, c, h // ph, ph, w // pw, pw).permute(0, 2, 4, 1, 3, 5).reshape(-1, c, ph, pw)


def module(name, **names):
    made = types.ModuleType(name)
    vars(made).update(names)
    sys.modules[name] = made


def load(src):
    """Returns: configuration, vision transformer, projector, language model, and the transforms of pictures"""
    sys.path.insert(0, src)
    module("torchvision")
    module("torchvision.transforms")
    module("torchvision.transforms.functional", resize=resize, InterpolationMode=types.SimpleNamespace(BICUBIC="bicubic"))
    module("einops", rearrange=rearrange)
    names = ("models.config", "models.vision_transformer", "models.modality_projector", "models.language_model", "data.custom_transforms")
    return [importlib.import_module(name) for name in names]
