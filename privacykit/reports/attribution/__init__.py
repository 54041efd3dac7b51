"""
Attribution: which channels get the credit for conversions, by six models at once.

A *touch* is the start of a visit, with the channel of its first event. The *path* of a conversion
is the touches of the same person that lie at most the look-back before it, those of both ends
included, in the order of events; each model gives the touches of a path weights that sum to one.
"""
