# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny models with random weights, and what the original code computes with them: see README.md.

usage: NODE_PATH=… make-models.py TRANSFORMERS_SRC NANOVLM FIXTURES OUT [MODEL…]
@FIXTURES: folders "paligemma" and "qwen2-vl", whose vocabularies are cut"""
import json
import os
import struct
import subprocess
import sys

import numpy as np
import torch
from PIL import Image, ImageDraw

import nano
import original

torch.set_num_threads(1)
torch.set_grad_enabled(False)
N_GENERATED = 8
MARGIN = 0.08


# --- files

def write_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")


def read_json(path):
    with open(path) as file:
        return json.load(file)


def write_safetensors(path, tensors):
    header, data, end = {}, [], 0
    for name, tensor in tensors.items():
        array = tensor.numpy().astype("<f4")
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        data.append(array.tobytes())
        end += array.nbytes
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head + b"".join(data))


def encode(folder, texts):
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run(["node", here + "/encode.cjs", folder], input=json.dumps(texts).encode(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def draw(width, height, path):
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([255 * x / width, 255 * y / height, 128 + 100 * np.sin((x + 2 * y) / 9)], -1).astype(np.uint8)
    image = Image.fromarray(pixels)
    ImageDraw.Draw(image).ellipse([width // 5, height // 4, width // 2, height * 3 // 4], fill=(220, 30, 60))
    ImageDraw.Draw(image).rectangle([width * 3 // 5, height // 8, width * 9 // 10, height // 2], fill=(20, 60, 230))
    image.save(path, optimize=True)
    return image


# --- weights

def fill(model, seed, from_one, mark):
    """@from_one: whether gains of root-mean-square norms are counted from 1. @mark: an id that must never be the best: its row is 0"""
    generator = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        is_norm = "norm" in name or "ln_q" in name
        if is_norm and name.endswith("weight"):
            is_rms = from_one and "vision_model" not in name
            weight.copy_(0.15 * noise + (0 if is_rms else 1))
            if name.endswith(("post_attention_layernorm.weight", "post_feedforward_layernorm.weight")) and from_one:
                weight.add_(1.5)  # else each token would be followed by itself, whose vector scores it
        elif weight.dim() == 1:
            weight.copy_(0.15 * noise)
        elif "mm_input_projection" in name:
            weight.copy_(noise / weight.shape[0] ** 0.5)
        elif "embed_tokens" in name or "token_embedding" in name:
            weight.copy_(noise / weight.shape[1] ** 0.5)
            weight[mark] = 0
        else:
            weight.copy_(1.2 * noise / weight[0].numel() ** 0.5)


# --- what is recorded

class Recorder:
    def __init__(self, modules):
        self.arrays = {}
        self.handles = [module.register_forward_hook(self.hook(name, pick)) for name, (module, pick) in modules.items()]

    def hook(self, name, pick):
        def keep(module, inputs, output):
            self.arrays[name] = pick(output).detach().clone()

        return keep


def first(output):
    return output[0] if isinstance(output, tuple) else output


def largest(a):
    return float(a.abs().max())


def save_case(folder, name, arrays, arrays64, facts):
    path = f"{folder}/reference/{name}"
    os.makedirs(path, exist_ok=True)
    listed = {}
    for key, array in arrays.items():
        np.save(f"{path}/{key}.npy", array.numpy().astype("<f4"))
        listed[key] = {"shape": list(array.shape), "maxabs": largest(array)}
        if key in arrays64:
            listed[key]["f32_vs_f64_maxabs"] = largest(arrays64[key] - array.double())
    write_json(f"{path}/input_ids.json", facts)
    return {"case": name, "arrays": listed}


def generate(run, ids):
    """@run: ids → logits. Greedy, each time from the beginning. Returns: ids, their logits, the smallest gap"""
    chosen, rows, margin = [], [], 1e9
    for _ in range(N_GENERATED):
        row = run(ids + chosen)[-1]
        best = torch.topk(row, 2)
        margin = min(margin, float(best.values[0] - best.values[1]))
        chosen.append(int(best.indices[0]))
        rows.append(row)
    return chosen, torch.stack(rows), margin


# --- Gemma 3

GEMMA_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}"
    "{{ '<start_of_turn>' + role + '\\n' }}{% for item in message['content'] %}{% if item['type'] == 'image' %}{{ '<start_of_image>' }}"
    "{% elif item['type'] == 'text' %}{{ item['text'] | trim }}{% endif %}{% endfor %}{{ '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
GEMMA_MARKS = ["<start_of_turn>", "<end_of_turn>", "\n\n\n", "<start_of_image>", "<end_of_image>", "<image_soft_token>"]


def added(i, content, special=True):
    return {"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special}


def cut_gemma_vocabulary(fixtures, folder, n_pieces):
    """Keeps the bytes, the first @n_pieces and all ASCII characters, with the merges that stay inside."""
    tokenizer = read_json(fixtures + "/paligemma/tokenizer.json")
    model = tokenizer["model"]
    pieces = [piece for piece, i in sorted(model["vocab"].items(), key=lambda item: item[1])]
    kept = [p for i, p in enumerate(pieces) if (i < 263 + n_pieces or (len(p) == 1 and ord(p) < 128) or p in ("▁", "\n\n")) and not p.startswith("<start") and not p.startswith("<end")]
    model["vocab"] = {piece: i for i, piece in enumerate(kept)}
    model["merges"] = [m for m in model["merges"] if m.replace(" ", "", 1) in model["vocab"] and all(part in model["vocab"] for part in m.split(" ", 1))]
    tokens = [added(i, piece) for i, piece in enumerate(kept[:5])]
    tokens.append(added(model["vocab"]["\n\n"], "\n\n", False))
    for mark in GEMMA_MARKS:
        model["vocab"][mark] = len(model["vocab"])
        tokens.append(added(model["vocab"][mark], mark, mark[0] == "<"))
    tokenizer["added_tokens"] = tokens
    write_json(folder + "/tokenizer.json", tokenizer)
    config = {"add_bos_token": True, "bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>", "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    config |= {"tokenizer_class": "GemmaTokenizer", "processor_class": "Gemma3Processor", "clean_up_tokenization_spaces": False, "chat_template": GEMMA_TEMPLATE}
    config["added_tokens_decoder"] = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in tokens}
    write_json(folder + "/tokenizer_config.json", config)
    return model["vocab"]


def gemma3_config(vocabulary):
    return {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3",
        "boi_token_index": vocabulary["<start_of_image>"],
        "eoi_token_index": vocabulary["<end_of_image>"],
        "image_token_index": vocabulary["<image_soft_token>"],
        "eos_token_id": [1, vocabulary["<end_of_turn>"]],
        "mm_tokens_per_image": 16,
        "text_config": {
            "model_type": "gemma3_text",
            "vocab_size": len(vocabulary) + 2,
            "hidden_size": 40,
            "intermediate_size": 64,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "query_pre_attn_scalar": 12,
            "sliding_window": 20,
            "sliding_window_pattern": 3,
            "rope_theta": 1000000.0,
            "rope_local_base_freq": 10000.0,
            "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
            "max_position_embeddings": 256,
        },
        "vision_config": {
            "model_type": "siglip_vision_model",
            "hidden_size": 32,
            "intermediate_size": 56,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "patch_size": 4,
            "image_size": 32,
            "vision_use_head": False,
        },
        "torch_dtype": "float32",
    }


def build_gemma3(get, config, seed):
    code, siglip = get("models.gemma3.modeling_gemma3"), get("models.siglip.modeling_siglip")
    get.auto.AutoModel.from_config = lambda config: siglip.SiglipVisionModel(config)
    get.auto.AutoModelForCausalLM.from_config = lambda config: code.Gemma3ForCausalLM(config)
    made = get("models.gemma3.configuration_gemma3").Gemma3Config(**config)
    for part in (made, made.text_config, made.vision_config):
        part._attn_implementation_internal = "eager"
    model = code.Gemma3ForConditionalGeneration(made).eval()
    fill(model, seed, True, config["image_token_index"])
    model.language_model.lm_head.weight = model.language_model.model.embed_tokens.weight
    return model


def run_gemma3(model, ids, pixels, image_token):
    ids = torch.tensor([ids])
    return model(input_ids=ids, pixel_values=pixels, token_type_ids=(ids == image_token).long(), attention_mask=torch.ones_like(ids), use_cache=False, output_attentions=True, return_dict=True)


def record_gemma3(model, ids, pixels, image_token):
    vision, text = model.vision_tower.vision_model, model.language_model.model
    modules = {"vision.embeddings": (vision.embeddings, first), "vision.post_layernorm": (vision.post_layernorm, first), "projector": (model.multi_modal_projector, first), "decoder.final_norm": (text.norm, first)}
    modules |= {f"vision.layer{i}": (layer, first) for i, layer in enumerate(vision.encoder.layers)}
    modules |= {f"decoder.layer{i}": (layer, first) for i, layer in enumerate(text.layers)}
    recorder = Recorder(modules)
    out = run_gemma3(model, ids, pixels, image_token)
    for handle in recorder.handles:
        handle.remove()
    recorder.arrays["attn.self"] = torch.stack(out.attentions)[:, 0]
    recorder.arrays["logits_last8"] = out.logits[0, -8:]
    return recorder.arrays


def make_gemma3(get, fixtures, out):
    folder = out + "/gemma3"
    os.makedirs(folder, exist_ok=True)
    vocabulary = cut_gemma_vocabulary(fixtures, folder, 110)
    config = gemma3_config(vocabulary)
    processor = {"image_processor_type": "Gemma3ImageProcessor", "processor_class": "Gemma3Processor", "do_pan_and_scan": None, "do_resize": True, "do_rescale": True, "do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "image_seq_length": 16, "resample": 2, "rescale_factor": 1 / 255, "size": {"height": 32, "width": 32}}
    write_json(folder + "/config.json", config)
    write_json(folder + "/preprocessor_config.json", processor)
    write_json(folder + "/generation_config.json", {"bos_token_id": 2, "eos_token_id": config["eos_token_id"], "pad_token_id": 0, "do_sample": True, "top_k": 64, "top_p": 0.95})
    image_token = config["image_token_index"]
    cases = [("case0_landscape", "Describe it.", 60, 40), ("case1_portrait", "Is there a circle, and where?", 30, 52)]
    see = get("models.gemma3.image_processing_gemma3").Gemma3ImageProcessor(**{k: v for k, v in processor.items() if k[:3] in ("do_", "ima", "res", "siz")})
    prepared = []
    for name, question, width, height in cases:
        os.makedirs(f"{folder}/reference/{name}", exist_ok=True)
        image = draw(width, height, f"{folder}/reference/{name}/image0.png")
        prompt = f"<bos><start_of_turn>user\n<start_of_image>{question}<end_of_turn>\n<start_of_turn>model\n"
        expanded = prompt.replace("<start_of_image>", "\n\n<start_of_image>" + "<image_soft_token>" * 16 + "<end_of_image>\n\n")
        pixels = torch.tensor(np.stack(see(image)["pixel_values"]).astype(np.float32))
        prepared.append((name, question, prompt, expanded, encode(folder, [expanded])[0], pixels))
    for seed in range(100, 400):
        model = build_gemma3(get, config, seed)
        made = [generate(lambda ids: run_gemma3(model, ids, p[5], image_token).logits[0], p[4]) for p in prepared]
        if min(m[2] for m in made) > MARGIN and all(len(set(m[0])) > 3 for m in made):
            break
    else:
        sys.exit("no seed has clear choices")
    tensors = {k: v for k, v in model.state_dict().items() if not k.endswith(("inv_freq", "position_ids", "lm_head.weight", "embed_scale"))}
    write_safetensors(folder + "/model.safetensors", tensors)
    listed, doubled = [], build_gemma3(get, config, seed).double()
    for (name, question, prompt, expanded, ids, pixels), (chosen, rows, margin) in zip(prepared, made):
        arrays = record_gemma3(model, ids, pixels, image_token) | {"pixel_values": pixels, "generated_logits": rows}
        facts = {"question": question, "images": ["image0.png"], "prompt": prompt, "expanded_prompt": expanded, "input_ids": ids, "image_token_id": image_token, "generated_ids": chosen, "min_top1_top2_margin": margin}
        listed.append(save_case(folder, name, arrays, record_gemma3(doubled, ids, pixels.double(), image_token), facts))
    write_json(folder + "/reference/meta.json", {"architecture": "Gemma3ForConditionalGeneration", "seed": seed, "cases": listed})


# --- Qwen2.5-VL

def qwen_config(like):
    return {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"],
        "model_type": "qwen2_5_vl",
        "vocab_size": like["vocab_size"],
        "hidden_size": 48,
        "intermediate_size": 56,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "hidden_act": "silu",
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "rope_scaling": {"type": "mrope", "mrope_section": [4, 4, 4]},
        "use_sliding_window": False,
        "tie_word_embeddings": True,
        "bos_token_id": like["bos_token_id"],
        "eos_token_id": like["eos_token_id"],
        **{key: like[key] for key in ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id", "vision_token_id")},
        "vision_config": {
            "model_type": "qwen2_5_vl",
            "depth": 3,
            "hidden_act": "silu",
            "hidden_size": 32,
            "intermediate_size": 44,
            "num_heads": 2,
            "in_chans": 3,
            "out_hidden_size": 48,
            "patch_size": 8,
            "spatial_merge_size": 2,
            "spatial_patch_size": 8,
            "temporal_patch_size": 2,
            "window_size": 32,
            "fullatt_block_indexes": [1],
            "tokens_per_second": 2,
        },
        "torch_dtype": "float32",
    }


def build_qwen(get, config, seed):
    code = get("models.qwen2_5_vl.modeling_qwen2_5_vl")
    text = {k: v for k, v in config.items() if k not in ("vision_config", "model_type", "architectures", "torch_dtype")}
    made = get("models.qwen2_5_vl.configuration_qwen2_5_vl").Qwen2_5_VLConfig(text_config=text, vision_config=config["vision_config"], **{k: v for k, v in text.items() if k.endswith("_token_id")})
    for part in (made, made.text_config, made.vision_config):
        part._attn_implementation_internal = "eager"
    model = code.Qwen2_5_VLForConditionalGeneration(made).eval()
    fill(model, seed, False, [config[key] for key in ("image_token_id", "video_token_id", "vision_start_token_id")])
    model.lm_head.weight = model.model.embed_tokens.weight
    return model


def run_qwen(model, ids, pixels, grid):
    ids = torch.tensor([ids])
    positions, delta = model.get_rope_index(ids, image_grid_thw=grid, attention_mask=torch.ones_like(ids))
    # A float mask, as the model's own code for it needs a later torch.
    n = ids.shape[1]
    mask = torch.full((1, 1, n, n), torch.finfo(model.dtype).min, dtype=model.dtype).triu(1)
    model.model._update_causal_mask = lambda *a, **k: mask
    out = model(input_ids=ids, position_ids=positions, pixel_values=pixels, image_grid_thw=grid, use_cache=False, output_attentions=True, return_dict=True)
    return out, positions, int(delta)


def record_qwen(model, ids, pixels, grid):
    vision, text = model.visual, model.model
    order, _ = vision.get_window_index(grid)
    unit = vision.spatial_merge_unit

    def back(x):
        """The encoder works window by window: back to the order of the patches."""
        rows = first(x).reshape(-1, unit, x.shape[-1])
        return rows[torch.argsort(order)].reshape(-1, x.shape[-1])

    modules = {"vision.patch_embed": (vision.patch_embed, first), "merger": (vision.merger, lambda x: x[torch.argsort(order)]), "decoder.final_norm": (text.norm, first)}
    modules |= {f"vision.layer{i}": (block, back) for i, block in enumerate(vision.blocks)}
    modules |= {f"decoder.layer{i}": (layer, first) for i, layer in enumerate(text.layers)}
    recorder = Recorder(modules)
    out, _, _ = run_qwen(model, ids, pixels, grid)
    for handle in recorder.handles:
        handle.remove()
    recorder.arrays["attn.self"] = torch.stack(out.attentions)[:, 0]
    recorder.arrays["logits_last8"] = out.logits[0, -8:]
    return recorder.arrays


def make_qwen(get, fixtures, out):
    folder, like = out + "/qwen2-5-vl", fixtures + "/qwen2-vl"
    os.makedirs(folder, exist_ok=True)
    config = qwen_config(read_json(like + "/config.json"))
    processor = read_json(like + "/preprocessor_config.json") | {"min_pixels": 1024, "max_pixels": 5120, "processor_class": "Qwen2_5_VLProcessor"}
    tokenizer = read_json(like + "/tokenizer.json")
    write_json(folder + "/config.json", config)
    write_json(folder + "/preprocessor_config.json", processor)
    write_json(folder + "/tokenizer.json", tokenizer)
    template = read_json(like + "/chat_template.json")
    write_json(folder + "/tokenizer_config.json", read_json(like + "/tokenizer_config.json"))
    write_json(folder + "/chat_template.json", template)
    write_json(folder + "/generation_config.json", {"bos_token_id": config["bos_token_id"], "eos_token_id": [config["eos_token_id"], config["bos_token_id"]], "repetition_penalty": 1.05, "temperature": 0.000001})
    see = get("models.qwen2_vl.image_processing_qwen2_vl").Qwen2VLImageProcessor(**{k: v for k, v in processor.items() if k not in ("image_processor_type", "processor_class")})
    cases = [("case0_landscape", "Describe this image.", 80, 50), ("case1_portrait", "How many circles are there?", 46, 100)]
    prepared = []
    for name, question, width, height in cases:
        os.makedirs(f"{folder}/reference/{name}", exist_ok=True)
        seen = see(draw(width, height, f"{folder}/reference/{name}/image0.png"))
        grid = torch.tensor(np.array(seen["image_grid_thw"]))
        n = int(grid.prod()) // 4
        prompt = f"<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>{question}<|im_end|>\n<|im_start|>assistant\n"
        expanded = prompt.replace("<|image_pad|>", "<|image_pad|>" * n)
        prepared.append((name, question, prompt, encode(folder, [expanded])[0], torch.tensor(np.array(seen["pixel_values"]).astype(np.float32)), grid))
    for seed in range(500, 800):
        model = build_qwen(get, config, seed)
        made = [generate(lambda ids: run_qwen(model, ids, p[4], p[5])[0].logits[0], p[3]) for p in prepared]
        if min(m[2] for m in made) > MARGIN and all(len(set(m[0])) > 3 for m in made):
            break
    else:
        sys.exit("no seed has clear choices")
    tensors = {k: v for k, v in model.state_dict().items() if not k.endswith(("inv_freq", "lm_head.weight"))}
    write_safetensors(folder + "/model.safetensors", tensors)
    listed, doubled = [], build_qwen(get, config, seed).double()
    for (name, question, prompt, ids, pixels, grid), (chosen, rows, margin) in zip(prepared, made):
        arrays = record_qwen(model, ids, pixels, grid) | {"pixel_values": pixels, "generated_logits": rows}
        _, positions, delta = run_qwen(model, ids, pixels, grid)
        facts = {"question": question, "images": ["image0.png"], "image_grid_thw": grid.tolist(), "prompt": prompt, "input_ids": ids, "image_token_id": config["image_token_id"], "position_ids_thw": positions[:, 0].tolist(), "rope_delta": delta, "generated_ids": chosen, "min_top1_top2_margin": margin}
        listed.append(save_case(folder, name, arrays, record_qwen(doubled, ids, pixels.double(), grid), facts))
    write_json(folder + "/reference/meta.json", {"architecture": "Qwen2_5_VLForConditionalGeneration", "seed": seed, "cases": listed})


# --- nanoVLM with an overview, tiles and turns

NANO_SIDE = 3


def cut_nano_vocabulary(fixtures, folder):
    """A tokenizer that does not know the model's own tokens, as that of the language model does not. Returns: its size, and the extra ones"""
    tokenizer = read_json(fixtures + "/qwen2-vl/tokenizer.json")
    tokenizer["added_tokens"] = tokenizer["added_tokens"][:3]
    write_json(folder + "/tokenizer.json", tokenizer)
    extra = {"image_token": "<|image|>", "global_image_token": "<|global_image|>"}
    extra |= {f"r{r + 1}c{c + 1}": f"<row_{r + 1}_col_{c + 1}>" for r in range(NANO_SIDE) for c in range(NANO_SIDE)}
    return len(tokenizer["model"]["vocab"]) + 3, extra


def encode_nano(folder, n, extra, texts):
    """With the extra tokens behind the others, where the original's tokenizer gets them."""
    whole = folder + "/whole"
    os.makedirs(whole, exist_ok=True)
    tokenizer = read_json(folder + "/tokenizer.json")
    tokenizer["added_tokens"] += [added(n + i, token) for i, token in enumerate(extra.values())]
    write_json(whole + "/tokenizer.json", tokenizer)
    write_json(whole + "/tokenizer_config.json", {})
    ids = encode(whole, texts)
    for name in os.listdir(whole):
        os.remove(f"{whole}/{name}")
    os.rmdir(whole)
    return ids


class NanoVlm(torch.nn.Module):
    """The parts as the original joins them."""

    def __init__(self, parts, config):
        super().__init__()
        self.vision_encoder = parts[1].ViT(config)
        self.MP = parts[2].ModalityProjector(config)
        self.decoder = parts[3].LanguageModel(config)

    def forward(self, ids, images, image_token):
        ids = torch.tensor([ids])
        words = self.decoder.token_embedding(ids).clone()
        words[ids == image_token] = self.MP(self.vision_encoder(images)).reshape(-1, words.shape[-1])
        return self.decoder.head(self.decoder(words)[0])[0]


def record_nano(model, ids, images, image_token):
    vision, text = model.vision_encoder, model.decoder
    modules = {"vision.post_layernorm": (vision.layer_norm, first), "projector": (model.MP, first), "decoder.final_norm": (text.norm, first)}
    modules |= {f"vision.layer{i}": (block, first) for i, block in enumerate(vision.blocks)}
    modules |= {f"decoder.layer{i}": (block, first) for i, block in enumerate(text.blocks)}
    modules |= {f"attn{i}": (block.attn.attn_dropout, first) for i, block in enumerate(text.blocks)}
    recorder = Recorder(modules)
    logits = model(ids, images, image_token)
    for handle in recorder.handles:
        handle.remove()
    arrays = recorder.arrays
    arrays["attn.self"] = torch.stack([arrays.pop(f"attn{i}")[0] for i in range(len(text.blocks))])
    arrays["logits_last8"] = logits[-8:]
    return arrays


def make_nano(parts, fixtures, out):
    folder = out + "/nano-vlm"
    os.makedirs(folder, exist_ok=True)
    n, extra = cut_nano_vocabulary(fixtures, folder)
    sizes = dict(vit_hidden_dim=32, vit_inter_dim=56, vit_patch_size=4, vit_img_size=32, vit_n_heads=4, vit_n_blocks=2, lm_hidden_dim=48, lm_inter_dim=80, lm_max_position_embeddings=512, lm_base_vocab_size=n, extra_token_amount=len(extra), lm_vocab_size=n + len(extra), lm_n_heads=4, lm_n_kv_heads=2, lm_n_blocks=2, mp_pixel_shuffle_factor=4, mp_image_token_length=4, max_img_size=64, resize_to_max_side_len=True, vlm_extra_tokens=extra)
    config = parts[0].VLMConfig(**sizes)
    write_json(folder + "/config.json", vars(config))
    cases = [("case0_landscape", "Describe this image.", 80, 50), ("case1_portrait", "How many circles are there?", 30, 75)]
    prepared = []
    for name, question, width, height in cases:
        os.makedirs(f"{folder}/reference/{name}", exist_ok=True)
        image = draw(width, height, f"{folder}/reference/{name}/image0.png")
        image = parts[4].DynamicResize(32, 64, True)(image)
        images, (rows, cols) = parts[4].GlobalAndSplitImages(32)(torch.tensor(np.asarray(image).astype(np.float32) / 255).permute(2, 0, 1))
        marks = "<|image|>" * 4
        tiles = "".join(f"<row_{r + 1}_col_{c + 1}>{marks}" for r in range(rows) for c in range(cols))
        prompt = f"<|im_start|>user\n<|image|>{question}<|im_end|>\n<|im_start|>assistant\n"
        expanded = prompt.replace("<|image|>", f"<|global_image|>{marks}{tiles}")
        prepared.append((name, question, prompt, expanded, encode_nano(folder, n, extra, [expanded])[0], images, [[rows, cols]]))
    for seed in range(900, 1200):
        model = NanoVlm(parts, config).eval()
        fill(model, seed, False, list(range(n, n + len(extra))))
        made = [generate(lambda ids: model(ids, p[5], n), p[4]) for p in prepared]
        if min(m[2] for m in made) > MARGIN and all(len(set(m[0])) > 3 for m in made):
            break
    else:
        sys.exit("no seed has clear choices")
    write_safetensors(folder + "/model.safetensors", {k: v for k, v in model.state_dict().items() if not k.endswith(("inv_freq", "head.weight"))})
    listed, doubled = [], NanoVlm(parts, config).eval()
    doubled.load_state_dict(model.state_dict())
    doubled.double()
    for (name, question, prompt, expanded, ids, images, grid), (chosen, rows, margin) in zip(prepared, made):
        arrays = record_nano(model, ids, images, n) | {"pixel_values": images, "generated_logits": rows}
        facts = {"question": question, "images": ["image0.png"], "rows_cols": grid, "prompt": prompt, "expanded_prompt": expanded, "input_ids": ids, "image_token_id": n, "generated_ids": chosen, "min_top1_top2_margin": margin}
        listed.append(save_case(folder, name, arrays, record_nano(doubled, ids, images.double(), n), facts))
    write_json(folder + "/reference/meta.json", {"architecture": "nanoVLM", "seed": seed, "cases": listed})


def main():
    get = original.load(sys.argv[1])
    made = {"gemma3": (make_gemma3, get), "qwen2-5-vl": (make_qwen, get), "nano-vlm": (make_nano, nano.load(sys.argv[2]))}
    for name in sys.argv[5:] or made:
        made[name][0](made[name][1], sys.argv[3], sys.argv[4])


main()
