"""
Stand-ins for products nobody can run here: each checks what it is sent, and answers as they do.

Start one, point a sink at its ``url``, and look at what arrived::

    with PostHogStub() as stub:
        ...
        assert stub.arrived() == [...] and stub.faults == []
"""
