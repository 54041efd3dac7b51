"""The standing canary: made-up people who visit the real site on a schedule, searched for after."""
