"""The files people write, as they read them: lines, words for what is wrong, keys meant. Pure."""
