"""The impact assessment: what speaks for one, and a draft; advice, never a verdict. Pure."""
