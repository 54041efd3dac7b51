"""The audit trail: a keyed hash chain, its checkpoints, and its verification. Pure."""
