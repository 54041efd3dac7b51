"""Applications wrapped as their framework's users write it, with the decision as a dependency."""
