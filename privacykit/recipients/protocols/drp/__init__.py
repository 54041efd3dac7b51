"""The Data Rights Protocol 1.0: agents ask for people, signed with Ed25519. Pure."""
