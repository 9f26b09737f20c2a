// SPDX-License-Identifier: GPL-3.0-or-later
// Texts (a JSON list on standard input) to token ids, with npm's @huggingface/tokenizers. Argument: a model folder.
const fs = require('fs');
const { Tokenizer } = require('@huggingface/tokenizers');
const read = (name) => JSON.parse(fs.readFileSync(`${process.argv[2]}/${name}`, 'utf8'));
const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
const texts = JSON.parse(fs.readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map((text) => Array.from(tokenizer.encode(text, { add_special_tokens: false }).ids))));
