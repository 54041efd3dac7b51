"""Rights as commands ask for them: whose, what becomes of the plan, how requests are shown."""
