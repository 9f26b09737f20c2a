#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of tests/corpus/gguf, tests/corpus/tokenizer-gguf and tests/corpus/preprocess-gguf, each a small file with
one fault, which its name tells, or, valid-…, with none."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent
U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
FORMATS = {U8: 'B', I8: 'b', U16: 'H', I16: 'h', U32: 'I', I32: 'i', F32: 'f', BOOL: 'B', U64: 'Q', I64: 'q', F64: 'd'}
HUGE = 2**64 - 1


def u32(n):
    return struct.pack('<I', n)


def u64(n):
    return struct.pack('<Q', n)


def string(text, length=None):
    text = text.encode() if isinstance(text, str) else text
    return u64(len(text) if length is None else length) + text


def packed(kind, value):
    return string(value) if kind == STRING else struct.pack('<' + FORMATS[kind], value)


def key(name, kind, value):
    return string(name) + u32(kind) + packed(kind, value)


def array(name, kind, values, n=None):
    return string(name) + u32(ARRAY) + u32(kind) + u64(len(values) if n is None else n) + b''.join(packed(kind, v) for v in values)


def tensor(name='a', sizes=(2, 3), kind=0, offset=0, n_dims=None):
    return string(name) + u32(len(sizes) if n_dims is None else n_dims) + b''.join(u64(n) for n in sizes) + u32(kind) + u64(offset)


def head(n_tensors, n_keys, version=3):
    return b'GGUF' + u32(version) + u64(n_tensors) + u64(n_keys)


def pad(content, alignment=32):
    return content + b'\0' * (-len(content) % alignment)


def gguf(tensors=(), keys=(), data=b'', version=3, alignment=32):
    content = head(len(tensors), len(keys), version) + b''.join(keys) + b''.join(tensors)
    return pad(content, alignment) + data if data else content


DATA = bytes(range(24))
ONE = gguf([tensor()], data=DATA)
PAIR = bytes(24) + bytes(8) + bytes(24)  # two tensors of 24 bytes, the second at offset 32
SCALARS = [key('u8', U8, 255), key('i8', I8, -1), key('u16', U16, 65535), key('i16', I16, -1), key('u32', U32, 2**32 - 1),
           key('i32', I32, -1), key('f32', F32, 1.5), key('bool', BOOL, 1), key('string', STRING, 'é'), key('u64', U64, HUGE),
           key('i64', I64, -1), key('f64', F64, 2.5)]
ARRAYS = [array('a.' + name, kind, values) for name, kind, values in [
    ('u8', U8, [1, 2]), ('i8', I8, [-1]), ('u16', U16, [3]), ('i16', I16, [-3]), ('u32', U32, [4]), ('i32', I32, [-4]),
    ('f32', F32, [.5, 1]), ('bool', BOOL, [0, 1]), ('string', STRING, ['x', '', 'yz']), ('u64', U64, [5]), ('i64', I64, [-5]),
    ('f64', F64, [.25]), ('none', U32, [])]]

files = {
    'valid-nothing': gguf(),
    'valid-version-2': gguf([tensor()], data=DATA, version=2),
    'valid-one-tensor': ONE,
    'valid-scalars': gguf(keys=SCALARS),
    'valid-arrays': gguf(keys=ARRAYS),
    'valid-string-not-utf8': gguf(keys=[key('string', STRING, b'\xff'), array('a.string', STRING, [b'\xff'])]),
    'valid-four-dimensions': gguf([tensor(sizes=(1, 2, 1, 3))], data=DATA),
    'valid-name-longest': gguf([tensor('n' * 1024)], data=DATA),
    'valid-out-of-order': gguf([tensor('b', offset=32), tensor('a')], data=PAIR),
    'valid-gap': gguf([tensor(offset=64)], data=bytes(64) + DATA),
    'valid-bytes-behind': ONE + b'more',
    'valid-alignment-64': gguf([tensor()], [key('general.alignment', U32, 64)], DATA, alignment=64),
    'valid-alignment-8': gguf([tensor('a'), tensor('b', offset=24)], [key('general.alignment', U32, 8)], bytes(48), alignment=8),
    'valid-one-part': gguf(keys=[key('split.count', U16, 1)]),
    'valid-types': gguf([tensor('f32', (32,), 0, 0), tensor('f16', (32,), 1, 128), tensor('q4_0', (32,), 2, 192),
                         tensor('q8_0', (64, 1), 8, 224), tensor('q4_K', (256,), 12, 320), tensor('i32', (2,), 26, 480),
                         tensor('bf16', (3,), 30, 512)], data=bytes(518)),

    'empty-file': b'',
    'magic-alone': b'GGUF',
    'magic-cut-off': b'GGU',
    'magic-wrong': b'GGUX' + ONE[4:],
    'magic-safetensors': u64(2) + b'{}' + bytes(14),
    'version-0': gguf(version=0),
    'version-1': gguf(version=1),
    'version-4': gguf(version=4),
    'big-endian': b'GGUF' + struct.pack('>IQQ', 3, 0, 0),
    'header-cut-off': gguf()[:-1],
    'tensors-all-ones': head(HUGE, 0) + bytes(64),
    'tensors-wrap': head(2**61, 0) + bytes(64),
    'tensors-one-more': head(2, 0) + tensor() + bytes(64),
    'keys-all-ones': head(0, HUGE) + bytes(64),
    'keys-wrap': head(0, 2**60) + bytes(64),
    'keys-one-more': head(0, 2) + key('a', U8, 1),

    'key-empty': gguf(keys=[key('', U64, 1)]),
    'key-too-long': gguf(keys=[key('k' * 1025, U8, 1)]),
    'key-length-all-ones': gguf(keys=[string('k', HUGE) + u32(U8) + bytes(64)]),
    'key-length-behind-end': head(0, 1) + string('k' * 12, 30) + u32(U8),
    'key-not-utf8': gguf(keys=[key(b'\xc3(', U8, 1)]),
    'key-with-nul': gguf(keys=[key(b'a\0b', U8, 1)]),
    'key-twice': gguf(keys=[key('a', U8, 1), key('a', U8, 1)]),
    'key-twice-other-kind': gguf(keys=[key('a', U8, 1), key('b', U8, 1), key('a', STRING, 'x')]),
    'kind-13': gguf(keys=[string('a') + u32(13) + bytes(64)]),
    'kind-all-ones': gguf(keys=[string('a') + u32(2**32 - 1) + bytes(64)]),
    'bool-2': gguf(keys=[key('a', BOOL, 2)]),
    'bool-2-in-array': gguf(keys=[array('a', BOOL, [0, 1, 2])]),
    'string-length-all-ones': gguf(keys=[string('a') + u32(STRING) + string('x', HUGE)]),
    'string-length-minus-eight': gguf(keys=[string('a') + u32(STRING) + string('x', 2**64 - 8)]),
    'string-one-byte-short': gguf(keys=[key('a', STRING, 'xyz')])[:-1],
    'array-of-arrays': gguf(keys=[string('a') + u32(ARRAY) + u32(ARRAY) + u64(1) + u32(U8) + u64(1) + bytes(64)]),
    'array-kind-13': gguf(keys=[string('a') + u32(ARRAY) + u32(13) + u64(0) + bytes(64)]),
    'array-length-all-ones': gguf(keys=[array('a', U8, [1], HUGE)]),
    'array-length-wraps': gguf(keys=[array('a', U64, [1], 2**61)]),
    'array-length-32-bits': gguf(keys=[array('a', U8, [1], 2**32 + 1)]),
    'array-one-more': gguf(keys=[array('a', U16, [1, 2], 3)]),
    'array-strings-one-more': gguf(keys=[array('a', STRING, ['x', 'y'], 3)]),
    'array-strings-all-ones': gguf(keys=[array('a', STRING, ['x'], HUGE)]),
    'array-string-length-all-ones': gguf(keys=[string('a') + u32(ARRAY) + u32(STRING) + u64(1) + string('x', HUGE)]),
    'array-string-one-byte-short': gguf(keys=[array('a', STRING, ['x', 'yz'])])[:-1],
    'keys-cut-off': head(0, 1) + string('a') + u32(U64) + bytes(7),
    'key-cut-off-before-kind': head(0, 1) + string('abcd') + bytes(3),

    'alignment-0': gguf([tensor()], [key('general.alignment', U32, 0)], DATA),
    'alignment-4': gguf([tensor()], [key('general.alignment', U32, 4)], DATA),
    'alignment-24': gguf([tensor()], [key('general.alignment', U32, 24)], DATA, alignment=24),
    'alignment-131072': gguf(keys=[key('general.alignment', U32, 131072)]),
    'alignment-string': gguf([tensor()], [key('general.alignment', STRING, '32')], DATA),
    'alignment-float': gguf([tensor()], [key('general.alignment', F32, 32)], DATA),
    'alignment-array': gguf([tensor()], [array('general.alignment', U32, [32])], DATA),
    'one-of-two-parts': gguf(keys=[key('split.count', U16, 2)]),

    'tensor-name-empty': gguf([tensor('')], data=DATA),
    'tensor-name-too-long': gguf([tensor('n' * 1025)], data=DATA),
    'tensor-name-not-utf8': gguf([tensor(b'\xff')], data=DATA),
    'tensor-name-with-nul': gguf([tensor(b'a\0')], data=DATA),
    'tensor-twice': gguf([tensor(), tensor(offset=32)], data=PAIR),
    'dimensions-0': gguf([tensor(sizes=())], data=DATA),
    'dimensions-5': gguf([tensor(sizes=(2, 3, 1, 1, 1))], data=DATA),
    'dimensions-9': gguf([tensor(sizes=(2, 3) + 7 * (1,))], data=DATA),
    'dimensions-all-ones': gguf([tensor(n_dims=2**32 - 1)], data=DATA),
    'size-0': gguf([tensor(sizes=(2, 0))], data=DATA),
    'size-2-63': gguf([tensor(sizes=(2**63,), kind=24)], data=DATA),
    'size-all-ones': gguf([tensor(sizes=(HUGE,), kind=24)], data=DATA),
    'shape-wraps-to-0': gguf([tensor(sizes=(2**31, 2**31))], data=DATA),
    'shape-wraps-to-24': gguf([tensor(sizes=(2 + 2**61, 3))], data=DATA),
    'shape-wraps-in-blocks': gguf([tensor(sizes=(256, 2**57 + 1), kind=12)], data=bytes(144)),
    'type-4-removed': gguf([tensor(kind=4)], data=bytes(256)),
    'type-31-removed': gguf([tensor(sizes=(32,), kind=31)], data=bytes(256)),
    'type-behind-last': gguf([tensor(kind=41)], data=bytes(256)),
    'type-1000': gguf([tensor(kind=1000)], data=bytes(256)),
    'type-all-ones': gguf([tensor(kind=2**32 - 1)], data=bytes(256)),
    'type-without-floats': gguf([tensor(sizes=(256,), kind=16)], data=bytes(256)),
    'row-no-whole-block': gguf([tensor(sizes=(16, 2), kind=2)], data=bytes(256)),
    'row-no-whole-block-256': gguf([tensor(sizes=(288,), kind=12)], data=bytes(1024)),
    'offset-unaligned': gguf([tensor(offset=4)], data=bytes(64)),
    'offset-unaligned-to-64': gguf([tensor(offset=32)], [key('general.alignment', U32, 64)], bytes(128), alignment=64),
    'offset-behind-end': gguf([tensor(offset=64)], data=DATA),
    'offset-at-end': gguf([tensor(offset=32)], data=bytes(32)),
    'offset-wraps': gguf([tensor(offset=2**64 - 32)], data=bytes(64)),
    'same-bytes-twice': gguf([tensor('a'), tensor('b')], data=DATA),
    'overlap': gguf([tensor('a', (3, 3)), tensor('b', offset=32)], data=bytes(64)),
    'overlap-out-of-order': gguf([tensor('b', offset=32), tensor('a', (3, 3))], data=bytes(64)),
    'data-one-byte-short': ONE[:-1],
    'data-absent': gguf([tensor()]),
    'padding-absent': gguf([tensor('longer', sizes=(1,), kind=24)]) + b'\0',
    'table-cut-off': head(1, 0) + tensor()[:-1] + b'',
    'table-cut-off-in-sizes': head(1, 0) + string('a' * 16) + u32(4) + u64(1) + u64(1),
}

GPT2 = {'model': 'gpt2', 'pre': 'gpt-2', 'tokens': ['a', 'b', 'ab', '<s>'], 'token_type': [1, 1, 1, 3], 'merges': ['a b']}
LLAMA = {'model': 'llama', 'tokens': ['<unk>', '<s>', '</s>', '▁', 'a', '▁a'], 'token_type': [2, 3, 3, 1, 1, 1],
         'scores': [0., 0., 0., -1., -2., -3.]}
BERT = {'model': 'bert', 'tokens': ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '▁a', 'b', '[', '▁▁'], 'token_type': [3, 3, 3, 3, 1, 1, 1, 1],
        'unknown_token_id': 1, 'cls_token_id': 2, 'seperator_token_id': 3}
T5 = {'model': 't5', 'tokens': ['<pad>', '</s>', '<unk>', '▁', 'a'], 'token_type': [3, 3, 2, 1, 1], 'scores': [0., 0., 0., -1., -2.]}


def values(prefix, entries):
    """A file of values; their kinds follow from Python's."""
    keys = []
    for name, value in entries.items():
        first = value[0] if isinstance(value, list) and value else value
        kind = BOOL if isinstance(first, bool) else I32 if isinstance(first, int) else F32 if isinstance(first, float) else STRING
        keys.append((array if isinstance(value, list) else key)(prefix + name, kind, value))
    return gguf(keys=keys)


def tokenizer(base, without=(), **changes):
    return values('tokenizer.ggml.', {name: value for name, value in {**base, **changes}.items() if name not in without})


tokenizer_files = {
    'valid-gpt2': tokenizer(GPT2),
    'valid-gpt2-bos': tokenizer(GPT2, add_bos_token=True, bos_token_id=3),
    'valid-gpt2-no-merges': tokenizer(GPT2, merges=[]),
    'valid-gpt2-cyclic-merges': tokenizer(GPT2, tokens=['a', 'aa', 'aaa', 'aaaa'], token_type=[1, 1, 1, 1], merges=['a a', 'aa a', 'a aa', 'aa aa', 'aaa a']),
    'valid-gpt2-llama3': tokenizer(GPT2, pre='llama-bpe', bos_token_id=3),
    'valid-gpt2-qwen2': tokenizer(GPT2, pre='qwen2'),
    'valid-gpt2-no-types': tokenizer(GPT2, ['token_type']),
    'valid-gpt2-hole': tokenizer(GPT2, tokens=['a', 'b', 'ab', '']),
    'valid-llama': tokenizer(LLAMA),
    'valid-llama-no-prefix': tokenizer(LLAMA, add_space_prefix=False),
    'valid-llama-both-ends': tokenizer(LLAMA, add_eos_token=True),
    'valid-llama-bytes': tokenizer(LLAMA, tokens=LLAMA['tokens'] + [f'<0x{b:02X}>' for b in range(256)], token_type=LLAMA['token_type'] + 256 * [6], scores=LLAMA['scores'] + 256 * [0.]),
    'valid-llama-same-scores': tokenizer(LLAMA, scores=6 * [0.]),
    'valid-llama-huge-scores': tokenizer(LLAMA, scores=[3e38, -3e38, 0., 3e38, -3e38, 3e38]),
    'valid-bert': tokenizer(BERT),
    'valid-bert-prefix-alone': tokenizer(BERT, tokens=['[PAD]', '[UNK]', '[CLS]', '[SEP]', '▁', 'b', '[]', ']']),
    'valid-t5': tokenizer(T5),
    'valid-t5-untrimmed': tokenizer(T5, remove_extra_whitespaces=False, add_space_prefix=False),

    'model-missing': tokenizer(GPT2, ['model']),
    'model-unknown': tokenizer(GPT2, model='rwkv'),
    'model-none': tokenizer(GPT2, model='no_vocab'),
    'model-number': tokenizer(GPT2, model=3),
    'model-not-utf8': tokenizer(GPT2, model=b'\xff'),
    'pre-missing': tokenizer(GPT2, ['pre']),
    'pre-unknown': tokenizer(GPT2, pre='tekken'),
    'pre-default': tokenizer(GPT2, pre='default'),
    'tokens-missing': tokenizer(GPT2, ['tokens']),
    'tokens-empty': tokenizer(GPT2, ['token_type'], tokens=[], merges=[]),
    'tokens-numbers': tokenizer(GPT2, tokens=[1, 2, 3, 4]),
    'tokens-one-string': tokenizer(GPT2, tokens='abc'),
    'token-twice': tokenizer(GPT2, tokens=['a', 'b', 'ab', 'a']),
    'token-not-utf8': tokenizer(GPT2, tokens=['a', b'\xc3(', 'ab', '<s>']),
    'token-with-nul': tokenizer(GPT2, tokens=['a', b'b\0', 'ab', '<s>']),
    'types-one-short': tokenizer(GPT2, token_type=[1, 1, 1]),
    'types-one-more': tokenizer(GPT2, token_type=[1, 1, 1, 3, 1]),
    'types-empty': tokenizer(GPT2, token_type=[]),
    'types-unknown': tokenizer(GPT2, token_type=[1, 1, 1, 7]),
    'types-negative': tokenizer(GPT2, token_type=[1, 1, 1, -1]),
    'types-floats': tokenizer(GPT2, token_type=[1., 1., 1., 3.]),
    'control-too-long': tokenizer(GPT2, tokens=['a', 'b', 'ab', 'x' * 257]),
    'merges-missing': tokenizer(GPT2, ['merges']),
    'merges-numbers': tokenizer(GPT2, merges=[1]),
    'merge-empty': tokenizer(GPT2, merges=['']),
    'merge-one-piece': tokenizer(GPT2, merges=['ab']),
    'merge-no-right': tokenizer(GPT2, merges=['a ']),
    'merge-no-left': tokenizer(GPT2, merges=[' b']),
    'merge-space-alone': tokenizer(GPT2, merges=['   ']),
    'merge-left-unknown': tokenizer(GPT2, merges=['x b']),
    'merge-right-unknown': tokenizer(GPT2, merges=['a x']),
    'merge-result-unknown': tokenizer(GPT2, merges=['b a']),
    'merge-not-utf8': tokenizer(GPT2, merges=[b'\xff \xff']),
    'merge-three-pieces': tokenizer(GPT2, merges=['a b b']),
    'scores-missing': tokenizer(LLAMA, ['scores']),
    'scores-one-short': tokenizer(LLAMA, scores=LLAMA['scores'][:-1]),
    'scores-nan': tokenizer(LLAMA, scores=LLAMA['scores'][:-1] + [float('nan')]),
    'scores-infinite': tokenizer(LLAMA, scores=LLAMA['scores'][:-1] + [float('-inf')]),
    'scores-whole': tokenizer(LLAMA, scores=6 * [0]),
    'piece-too-long': tokenizer(LLAMA, tokens=LLAMA['tokens'][:-1] + ['a' * 513]),
    'bos-out-of-range': tokenizer(GPT2, add_bos_token=True, bos_token_id=4),
    'bos-negative': tokenizer(GPT2, add_bos_token=True, bos_token_id=-1),
    'bos-missing': tokenizer(GPT2, add_bos_token=True),
    'bos-is-a-hole': tokenizer(GPT2, tokens=['a', 'b', 'ab', ''], add_bos_token=True, bos_token_id=3),
    'bos-flag-number': tokenizer(GPT2, add_bos_token=1),
    'eos-missing': tokenizer(GPT2, add_eos_token=True),
    'llama-no-bos': tokenizer(LLAMA, tokens=['<unk>'], token_type=[2], scores=[0.]),
    'unknown-out-of-range': tokenizer(LLAMA, unknown_token_id=6),
    'unknown-is-a-hole': tokenizer(LLAMA, tokens=[''] + LLAMA['tokens'][1:]),
    'bert-no-unknown': tokenizer(BERT, ['unknown_token_id']),
    'bert-no-separator': tokenizer(BERT, ['seperator_token_id']),
    'bert-spelled-twice': tokenizer(BERT, tokens=['[PAD]', '[UNK]', '[CLS]', '[SEP]', '▁a', 'b', 'b', '▁']),
    't5-no-scores': tokenizer(T5, ['scores']),
    't5-charsmap': tokenizer(T5, precompiled_charsmap=[1, 2]),
    't5-piece-too-long': tokenizer(T5, tokens=T5['tokens'][:-1] + ['a' * 257]),
}

CLIP = {'projector_type': 'idefics3', 'vision.image_size': 32, 'vision.patch_size': 8, 'vision.image_mean': [.5, .5, .5],
        'vision.image_std': [.5, .5, .5], 'vision.projector.scale_factor': 2, 'vision.preproc_image_size': 96}
QWEN2VL = {'projector_type': 'qwen2vl_merger', 'vision.spatial_merge_size': 2, 'vision.image_min_pixels': 1024, 'vision.image_max_pixels': 5120}


def clip(*without, **changes):
    changes = {name.replace('__', '.'): value for name, value in changes.items()}
    return values('clip.', {name: value for name, value in {**CLIP, **changes}.items() if name not in without})


preprocess_files = {
    'valid-idefics3': clip(),
    'valid-idefics3-defaults': clip('vision.preproc_image_size', 'vision.projector.scale_factor'),
    'valid-mlp': clip(projector_type='mlp'),
    'valid-gemma3': clip('vision.projector.scale_factor', projector_type='gemma3'),
    'valid-qwen2vl': clip(**QWEN2VL),
    'valid-qwen2.5vl': clip(projector_type='qwen2.5vl_merger'),
    'valid-vision-projector': clip('projector_type', vision__projector_type='mlp'),

    'projector-missing': clip('projector_type'),
    'projector-unknown': clip(projector_type='resampler'),
    'projector-number': clip(projector_type=1),
    'size-missing': clip('vision.image_size'),
    'size-zero': clip(vision__image_size=0),
    'size-huge': clip(vision__image_size=2**31 - 1),
    'size-negative': clip(vision__image_size=-32),
    'size-text': clip(vision__image_size='32'),
    'patch-missing': clip('vision.patch_size'),
    'patch-zero': clip(vision__patch_size=0),
    'patch-larger-than-view': clip(vision__patch_size=17),
    'merge-zero': clip(vision__projector__scale_factor=0),
    'merge-huge': clip(vision__projector__scale_factor=1000),
    'merge-larger-than-view': clip(vision__projector__scale_factor=5),
    'longest-too-many-tiles': clip(vision__preproc_image_size=513),
    'longest-huge': clip(vision__preproc_image_size=4097),
    'mean-missing': clip('vision.image_mean'),
    'mean-two': clip(vision__image_mean=[.5, .5]),
    'mean-four': clip(vision__image_mean=[.5, .5, .5, .5]),
    'mean-number': clip(vision__image_mean=.5),
    'std-zero': clip(vision__image_std=[.5, 0., .5]),
    'std-nan': clip(vision__image_std=[.5, float('nan'), .5]),
    'pixels-reversed': clip(**{**QWEN2VL, 'vision.image_min_pixels': 6000}),
    'pixels-below-a-block': clip(**{**QWEN2VL, 'vision.image_min_pixels': 1, 'vision.image_max_pixels': 255}),
}

for folder, contents in [('gguf', files), ('tokenizer-gguf', tokenizer_files), ('preprocess-gguf', preprocess_files)]:
    (CORPUS / folder).mkdir(exist_ok=True)
    for old in (CORPUS / folder).iterdir():
        old.unlink()
    for name, content in contents.items():
        (CORPUS / folder / name).write_bytes(content)
