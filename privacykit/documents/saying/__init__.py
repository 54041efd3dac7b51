"""The statements of documents: what the facts come to in sentences, by key. Pure."""
