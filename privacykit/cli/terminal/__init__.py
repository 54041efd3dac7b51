"""The terminal: options, words, progress and exit codes that all commands share."""
